package org.memvirt.runner.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.engine.conform.BadVectors;
import org.memvirt.engine.conform.Mismatch;
import org.memvirt.engine.conform.VectorFile;
import org.memvirt.engine.conform.VectorLines;
import org.memvirt.engine.conform.VectorListener;
import org.memvirt.engine.conform.VectorPlayer;
import org.memvirt.engine.conform.VectorRecorder;
import org.memvirt.engine.conform.VectorTally;
import org.memvirt.runner.usage.Quoted;

/**
 * Some cases of a file, played: by one thread while others play other lines.
 *
 * @param shown the first mismatches, each as lines of text
 * @param own memvirt's own answers as vectors, empty when they are not recorded
 * @param failure what is wrong with the line after those that were played, or null
 */
record PlayedLines(VectorTally tally, List<String> shown, byte[] own, @Nullable BadVectors failure) {
    private static final byte[] NOT_RECORDED = {};

    /**
     * Plays them.
     *
     * @param most how many mismatches to show
     * @param drawings give something to draw each mismatch's walk with
     */
    static PlayedLines play(
            VectorFile file,
            VectorLines lines,
            ArchitectedPageTables mmu,
            boolean recorded,
            int most,
            Supplier<WalkText> drawings) {
        List<Mismatch> fresh = new ArrayList<>();
        VectorRecorder recorder = recorded ? new VectorRecorder(file, fresh::add) : null;
        VectorListener listener = recorder == null ? fresh::add : recorder;
        VectorPlayer player = new VectorPlayer(file, mmu);
        VectorTally tally = VectorTally.NOTHING;
        List<String> shown = new ArrayList<>();
        BadVectors failure = null;
        try {
            for (int i = 0; i < lines.size(); i++) {
                tally = tally.plus(player.play(lines, i, listener));
                for (Mismatch mismatch : fresh) {
                    if (shown.size() < most) {
                        shown.add(text(file, mismatch) + walk(player, lines, mismatch, drawings.get()));
                    }
                }
                fresh.clear();
            }
        } catch (BadVectors e) {
            failure = e;
        }
        return new PlayedLines(tally, shown, recorder == null ? NOT_RECORDED : recorder.bytes(), failure);
    }

    private static String text(VectorFile file, Mismatch mismatch) {
        String access = mismatch.access() == Mismatch.AFTERWARDS ? "" : "access %d, ".formatted(mismatch.access());
        return "%s:%d: case %s: %s%s%n  expected  %s%n  got       %s%n"
                .formatted(
                        file.name(),
                        mismatch.line(),
                        Quoted.fit(mismatch.caseId()),
                        access,
                        mismatch.question(),
                        Quoted.fit(mismatch.expected()),
                        Quoted.fit(mismatch.got()));
    }

    private static String walk(VectorPlayer player, VectorLines lines, Mismatch mismatch, WalkText text)
            throws BadVectors {
        if (mismatch.access() == Mismatch.AFTERWARDS) {
            return "";
        }
        VectorPlayer.Replay replay = player.replay(lines, mismatch.index(), mismatch.access(), text);
        return text.text(replay.regime(), replay.walk());
    }
}
