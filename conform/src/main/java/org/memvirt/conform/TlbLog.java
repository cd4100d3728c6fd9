package org.memvirt.conform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.function.Consumer;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.RecordedStep;
import org.memvirt.api.architecture.TlbProcessor;

/**
 * The log of a machine that ran: what it did to an architected TLB and through it, an event a line, in the architecture's own
 * form. It has no header; it begins with a processor after reset.
 */
public final class TlbLog {
    private static final int SHOWN = 60;

    private final String name;
    private final ArchitectedTlb mmu;
    private final TlbSteps steps;
    private VectorTally tally = new VectorTally(1, 0, 0, 0, 0);

    /**
     * A log that is played.
     *
     * @param name for messages
     * @param processor of the MMU's, after reset
     */
    public TlbLog(String name, ArchitectedTlb mmu, TlbProcessor processor) {
        this.name = name;
        this.mmu = mmu;
        steps = new TlbSteps(processor);
    }

    /**
     * Whether a file that begins so is a log that the MMU reads.
     *
     * @param beginning of the content, at least its first line if that is short
     */
    public static boolean isOne(byte[] beginning, ArchitectedTlb mmu) {
        String first = new String(beginning, UTF_8).split("\r?\n", 2)[0];
        try {
            return mmu.readEvent(first) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Plays it to its end.
     *
     * @param content after decompression; the caller closes it
     * @throws BadVectors when a line is no event, or one that the processor cannot have met
     */
    public void play(InputStream content, Consumer<Mismatch> mismatches) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(content, UTF_8));
        long number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            play(line, number, mismatches);
        }
    }

    private void play(String line, long number, Consumer<Mismatch> mismatches) throws BadVectors {
        RecordedStep step;
        TlbSteps.Outcome outcome;
        try {
            step = event(line);
            outcome = steps.play(step);
        } catch (IllegalArgumentException e) {
            throw new BadVectors("%s:%d: %s".formatted(name, number, e.getMessage()), e);
        }
        if (!outcome.agrees()) {
            mismatches.accept(TlbSteps.mismatch("", number, 0, 0, step, outcome.answer()));
        }
        tally = new VectorTally(
                1,
                tally.accesses() + (step.isAccess() ? 1 : 0),
                tally.steps() + 1,
                tally.mismatches() + (outcome.agrees() ? 0 : 1),
                0);
    }

    private RecordedStep event(String line) {
        RecordedStep step = mmu.readEvent(line);
        if (step == null) {
            throw new IllegalArgumentException("'%s' is no event of a TLB's log".formatted(
                    line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line));
        }
        return step;
    }

    /** What has been played so far: one case. */
    public VectorTally tally() {
        return tally;
    }
}
