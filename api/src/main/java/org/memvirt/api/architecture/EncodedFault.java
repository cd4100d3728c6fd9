package org.memvirt.api.architecture;

import java.util.Map;

/**
 * A fault as the architecture's hardware reports it.
 *
 * @param name the architecture's word: {@code #PF}, {@code EPT violation}
 * @param fields the registers or fields that tell of it, by the manual's names, in the manual's order
 * @param openBits by field, the bits that the walk does not decide: they tell of the instruction, or the architecture leaves
 *     them to the implementation; those of other fields are none
 */
public record EncodedFault(String name, Map<String, Long> fields, Map<String, Long> openBits) {
    /** A fault of which the walk decides every bit. */
    public EncodedFault(String name, Map<String, Long> fields) {
        this(name, fields, Map.of());
    }
}
