package org.memvirt.api.architecture;

import java.util.Map;

/**
 * One step of a recording of a processor with an architected TLB: what was done, and what the processor answered. Values
 * are text: a number in decimal, in hexadecimal after {@code 0x}, {@code true} or {@code false}, or a word.
 *
 * @param operation {@code load}, {@code store}, {@code fetch}, or the architecture's name of another
 * @param operands by name
 * @param expected the answer by name, empty if the step has none; of a member within a member, {@code outer.inner}
 * @param implementationDependent whether the answer has bits that the architecture leaves to the implementation
 */
public record RecordedStep(
        String operation, Map<String, String> operands, Map<String, String> expected, boolean implementationDependent) {
    /** Whether it is an access to memory. */
    public boolean isAccess() {
        return operation.equals("load") || operation.equals("store") || operation.equals("fetch");
    }
}
