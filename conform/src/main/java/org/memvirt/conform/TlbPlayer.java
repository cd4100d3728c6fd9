package org.memvirt.conform;

import java.util.Map;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.RecordedStep;
import org.memvirt.api.architecture.TlbProcessor;

/** Plays recorded cases of an architected TLB: carries out their steps on a processor of the MMU's. */
public final class TlbPlayer implements CasePlayer {
    private final ArchitectedTlb mmu;
    private final JsonReader json;

    /** @param mmu that of the file's architecture */
    public TlbPlayer(VectorFile file, ArchitectedTlb mmu) {
        this.mmu = mmu;
        json = new JsonReader(file.name());
    }

    @Override
    public VectorTally play(VectorLines lines, int index, VectorListener listener) throws BadVectors {
        json.begin(lines.bytes, lines.start(index), lines.end(index), lines.number(index));
        TlbCase recorded = TlbCase.read(json);
        TlbSteps steps = new TlbSteps(processor(recorded));
        long accesses = 0;
        long mismatches = 0;
        long deviations = 0;
        for (int at = 0; at < recorded.steps().size(); at++) {
            RecordedStep step = recorded.steps().get(at);
            TlbSteps.Outcome outcome;
            try {
                outcome = steps.play(step);
            } catch (IllegalArgumentException e) {
                throw json.wrong("case %s, step %d: %s".formatted(recorded.id(), at, e.getMessage()), e);
            }
            listener.answered(outcome.answer());
            accesses += step.isAccess() ? 1 : 0;
            deviations += step.implementationDependent() ? 1 : 0;
            if (!outcome.agrees()) {
                mismatches++;
                listener.mismatch(TlbSteps.mismatch(
                        recorded.id(), lines.number(index), index, at, step, outcome.answer()));
            }
        }
        listener.ended(lines, index, new long[0]);
        return new VectorTally(1, accesses, recorded.steps().size(), mismatches, deviations);
    }

    private TlbProcessor processor(TlbCase recorded) throws BadVectors {
        try {
            TlbProcessor processor = mmu.processor(recorded.configuration());
            for (Map<String, String> entry : recorded.entries()) {
                processor.restore(entry);
            }
            return processor;
        } catch (IllegalArgumentException e) {
            throw json.wrong("case %s: %s".formatted(recorded.id(), e.getMessage()), e);
        }
    }
}
