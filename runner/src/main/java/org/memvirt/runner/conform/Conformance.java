package org.memvirt.runner.conform;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.conform.BadVectors;
import org.memvirt.conform.CasePlayer;
import org.memvirt.conform.TlbPlayer;
import org.memvirt.conform.VectorFile;
import org.memvirt.conform.VectorPlayer;
import org.memvirt.runner.plugin.Plugin;
import org.memvirt.runner.plugin.Plugins;

/**
 * Plays files of vectors, on all cores at once: some threads read files, as many play what was read.
 *
 * @param mmus that there are, by the architectures that headers name
 * @param logs how those files are opened that are logs
 * @param standardInput read in place of a file named {@code -}
 * @param recordings where memvirt's own answers go
 * @param oracle who answers in those recordings
 * @param shownMismatches how many mismatches of a file to show
 * @param drawings give something to draw a mismatch's walk with
 */
public record Conformance(
        Plugins<MmuProvider> mmus,
        TlbLogs logs,
        InputStream standardInput,
        Recordings recordings,
        String oracle,
        int shownMismatches,
        Supplier<WalkText> drawings) {

    /**
     * Plays all files, each to its end or to where it is wrong.
     *
     * @return a report a file, in their order
     */
    public List<FileReport> play(List<String> files) throws InterruptedException {
        int cores = Runtime.getRuntime().availableProcessors();
        ExecutorService readers = Executors.newFixedThreadPool(cores);
        ExecutorService players = Executors.newFixedThreadPool(cores);
        try {
            List<Future<FileReport>> playing = new ArrayList<>();
            for (String file : files) {
                playing.add(readers.submit(() -> new FilePlay(this, file, players).play()));
            }
            List<FileReport> reports = new ArrayList<>();
            for (Future<FileReport> each : playing) {
                reports.add(each.get());
            }
            return reports;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a file could not be played", e.getCause());
        } finally {
            readers.shutdownNow();
            players.shutdownNow();
        }
    }

    /** What plays a file: a player for each thread, by the MMU of the file's architecture. */
    Supplier<CasePlayer> players(VectorFile file) throws IOException {
        String arch = file.header().arch();
        List<String> players = new ArrayList<>();
        for (Plugin<MmuProvider> plugin : mmus.all()) {
            switch (mmus.folder().ask(plugin, MmuProvider::architecture)) {
                case ArchitectedPageTables tables when !tables.registers().isEmpty() -> {
                    if (plugin.name().equals(arch)) {
                        mmus.use(plugin);
                        return () -> new VectorPlayer(file, tables);
                    }
                    players.add(plugin.name());
                }
                case ArchitectedTlb tlb when !tlb.recordedAs().isEmpty() -> {
                    if (tlb.recordedAs().equals(arch)) {
                        mmus.use(plugin);
                        return () -> new TlbPlayer(file, tlb);
                    }
                    players.add(tlb.recordedAs());
                }
                case null, default -> {
                    // It plays no recordings, or is a plug-in that cannot be used.
                }
            }
        }
        throw new BadVectors(
                "%s:1: its cases are of architecture '%s', and there is no MMU here that plays them; there is %s ('memvirt list' shows all)"
                        .formatted(file.name(), arch, players.isEmpty() ? "none" : String.join(", ", players)));
    }
}
