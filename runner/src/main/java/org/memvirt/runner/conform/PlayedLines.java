package org.memvirt.runner.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.conform.BadVectors;
import org.memvirt.conform.CasePlayer;
import org.memvirt.conform.Mismatch;
import org.memvirt.conform.VectorFile;
import org.memvirt.conform.VectorLines;
import org.memvirt.conform.VectorListener;
import org.memvirt.conform.VectorPlayer;
import org.memvirt.conform.VectorRecorder;
import org.memvirt.conform.VectorTally;
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
     * @param player for this thread alone
     * @param most how many mismatches to show
     * @param drawings give something to draw each mismatch's walk with
     */
    static PlayedLines play(
            VectorFile file,
            VectorLines lines,
            CasePlayer player,
            boolean recorded,
            int most,
            Supplier<WalkText> drawings) {
        List<Mismatch> fresh = new ArrayList<>();
        VectorRecorder recorder = recorded ? new VectorRecorder(file, fresh::add) : null;
        VectorListener listener = recorder == null ? fresh::add : recorder;
        VectorTally tally = VectorTally.NOTHING;
        List<String> shown = new ArrayList<>();
        BadVectors failure = null;
        try {
            for (int i = 0; i < lines.size(); i++) {
                tally = tally.plus(player.play(lines, i, listener));
                for (Mismatch mismatch : fresh) {
                    if (shown.size() < most) {
                        shown.add(text(file, mismatch, player) + walk(player, lines, mismatch, drawings));
                    }
                }
                fresh.clear();
            }
        } catch (BadVectors e) {
            failure = e;
        }
        return new PlayedLines(tally, shown, recorder == null ? NOT_RECORDED : recorder.bytes(), failure);
    }

    /** A mismatch in a log, as lines of text. */
    static String text(String file, Mismatch mismatch) {
        return text(file, mismatch, "");
    }

    private static String text(VectorFile file, Mismatch mismatch, CasePlayer player) {
        String what = player instanceof VectorPlayer ? "access" : "step";
        String access =
                mismatch.access() == Mismatch.AFTERWARDS ? "" : "%s %d, ".formatted(what, mismatch.access());
        return text(file.name(), mismatch, "case %s: %s".formatted(Quoted.fit(mismatch.caseId()), access));
    }

    private static String text(String file, Mismatch mismatch, String place) {
        return "%s:%d: %s%s%n  expected  %s%n  got       %s%n"
                .formatted(
                        file,
                        mismatch.line(),
                        place,
                        mismatch.question(),
                        Quoted.fit(mismatch.expected()),
                        Quoted.fit(mismatch.got()));
    }

    private static String walk(
            CasePlayer player, VectorLines lines, Mismatch mismatch, Supplier<WalkText> drawings) throws BadVectors {
        if (mismatch.access() == Mismatch.AFTERWARDS || !(player instanceof VectorPlayer walker)) {
            return "";
        }
        WalkText text = drawings.get();
        VectorPlayer.Replay replay = walker.replay(lines, mismatch.index(), mismatch.access(), text);
        return text.text(replay.regime(), replay.walk());
    }
}
