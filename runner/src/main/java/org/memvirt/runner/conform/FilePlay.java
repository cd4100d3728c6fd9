package org.memvirt.runner.conform;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.conform.CasePlayer;
import org.memvirt.conform.TlbLog;
import org.memvirt.conform.VectorFile;
import org.memvirt.conform.VectorLines;
import org.memvirt.conform.VectorRecorder;
import org.memvirt.conform.VectorTally;
import org.memvirt.runner.file.UnpackedFile;
import org.memvirt.runner.usage.WrongUsage;

/** One file on its way: read here, its lines played by a pool of threads, what they come to put together in order. */
final class FilePlay {
    /** Lines that are read ahead of those being played, for each thread. */
    private static final int AHEAD = 4;

    private final Conformance plan;
    private final String name;
    private final ExecutorService players;
    private final Deque<Future<PlayedLines>> playing = new ArrayDeque<>();
    private final List<String> shown = new ArrayList<>();
    private String family = "";
    private VectorTally tally = VectorTally.NOTHING;

    FilePlay(Conformance plan, String name, ExecutorService players) {
        this.plan = plan;
        this.name = name;
        this.players = players;
    }

    /** Plays it to its end, or up to where it is wrong. */
    FileReport play() throws InterruptedException {
        Exception failure = null;
        try (UnpackedFile unpacked = UnpackedFile.open(name, plan.standardInput())) {
            TlbLog log = plan.logs().open(unpacked);
            if (log == null) {
                playVectors(unpacked);
            } else {
                playLog(log, unpacked);
            }
        } catch (IOException | RuntimeException e) {
            failure = e;
        }
        return new FileReport(name, family, tally, shown, failure);
    }

    private void playLog(TlbLog log, UnpackedFile unpacked) throws IOException {
        family = TlbLogs.FAMILY;
        if (plan.recordings().of(name) != null) {
            throw new WrongUsage("--record: %s is a log of a TLB's events, which is not written anew".formatted(name));
        }
        try {
            log.play(unpacked.content, mismatch -> {
                if (shown.size() < plan.shownMismatches()) {
                    shown.add(PlayedLines.text(unpacked.name, mismatch));
                }
            });
        } finally {
            tally = log.tally();
        }
    }

    private void playVectors(UnpackedFile unpacked) throws IOException, InterruptedException {
        VectorFile file = new VectorFile(unpacked.name, unpacked.content);
        family = file.header().family();
        Supplier<CasePlayer> player = plan.players(file);
        Path target = plan.recordings().of(name);
        if (target == null) {
            play(file, player, null);
        } else {
            try (OwnRecording recording = new OwnRecording(target)) {
                recording.write(VectorRecorder.header(file, plan.oracle()));
                play(file, player, recording);
                recording.keep();
            }
        }
    }

    private void play(VectorFile file, Supplier<CasePlayer> player, @Nullable OwnRecording recording)
            throws IOException, InterruptedException {
        try {
            for (VectorLines lines = next(file, recording); lines != null; lines = next(file, recording)) {
                VectorLines each = lines;
                // Later ones need not be drawn again once there are enough.
                int most = plan.shownMismatches() - shown.size();
                playing.add(players.submit(() -> PlayedLines.play(
                        file, each, player.get(), recording != null, most, plan.drawings())));
                if (playing.size() > AHEAD * Runtime.getRuntime().availableProcessors()) {
                    collect(recording);
                }
            }
            collectAll(recording);
        } finally {
            playing.forEach(future -> future.cancel(true));
        }
        file.checkComplete(tally);
    }

    private @Nullable VectorLines next(VectorFile file, @Nullable OwnRecording recording)
            throws IOException, InterruptedException {
        try {
            return file.next();
        } catch (IOException e) {
            collectAll(recording); // What comes before it in the file is told first.
            throw e;
        }
    }

    private void collectAll(@Nullable OwnRecording recording) throws IOException, InterruptedException {
        while (!playing.isEmpty()) {
            collect(recording);
        }
    }

    private void collect(@Nullable OwnRecording recording) throws IOException, InterruptedException {
        PlayedLines played;
        try {
            played = playing.remove().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("lines of %s could not be played".formatted(name), e.getCause());
        }
        tally = tally.plus(played.tally());
        int room = plan.shownMismatches() - shown.size();
        shown.addAll(played.shown().subList(0, Math.min(room, played.shown().size())));
        if (recording != null) {
            recording.write(played.own());
        }
        if (played.failure() != null) {
            throw played.failure();
        }
    }
}
