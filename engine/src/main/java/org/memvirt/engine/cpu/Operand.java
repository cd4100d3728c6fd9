package org.memvirt.engine.cpu;

import org.memvirt.api.invalidation.CacheTags;

/**
 * What an invalidation is about.
 *
 * @param given the tags that the operation names
 * @param address the first input address that it names
 * @param bytes how many addresses it names; 0 for none
 * @param guestPhysical the first guest-physical address that it names
 * @param guestPhysicalBytes how many; 0 for none
 */
public record Operand(CacheTags given, long address, long bytes, long guestPhysical, long guestPhysicalBytes) {
    /** An operation that names no address. */
    public static Operand of(CacheTags given) {
        return new Operand(given, 0, 0, 0, 0);
    }

    /** An operation that names input addresses. */
    public static Operand of(CacheTags given, long address, long bytes) {
        return new Operand(given, address, bytes, 0, 0);
    }
}
