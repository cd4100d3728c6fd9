package org.memvirt.api.architecture;

import java.util.Map;

/** A processor with an architected TLB as recordings see it: it carries out their steps. Used by one thread. */
public interface TlbProcessor {
    /**
     * Puts an entry in place that was there when the recording began.
     *
     * @param entry its fields by name, in the form of {@link RecordedStep}
     * @throws IllegalArgumentException when a field is missing or is not one; the message names it
     */
    void restore(Map<String, String> entry);

    /**
     * Carries out one step.
     *
     * @param operation as in {@link RecordedStep}
     * @param operands as in {@link RecordedStep}
     * @throws IllegalArgumentException for an operation that the processor does not have, operands that are missing or are
     *     none, and what no such processor can have done; the message names it
     */
    Answer step(String operation, Map<String, String> operands);

    /**
     * What a step came to.
     *
     * @param fields by name, in the form of {@link RecordedStep}; all that the architecture defines
     * @param openBits by field, the bits that the architecture leaves to the implementation; those of other fields are none
     */
    record Answer(Map<String, String> fields, Map<String, Long> openBits) {}
}
