package org.memvirt.api.architecture;

import java.util.Map;

/**
 * A fault as the architecture's hardware reports it.
 *
 * @param name the architecture's word: {@code #PF}, {@code EPT violation}
 * @param fields the registers or fields that tell of it, by the manual's names, in the manual's order
 */
public record EncodedFault(String name, Map<String, Long> fields) {}
