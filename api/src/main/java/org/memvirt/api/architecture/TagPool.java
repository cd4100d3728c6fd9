package org.memvirt.api.architecture;

/**
 * A bounded pool of hardware tags (ASIDs, PCIDs, VMIDs) that are handed out in generations: when the last one is given, a
 * new generation begins, everything cached under the old tags must be flushed, and every holder needs a new tag before it
 * runs again (as Linux on Arm and Xen do).
 *
 * <p>A ticket is a tag with its generation in the upper bits; 0 is no ticket. Tag 0 is never handed out: it is the kernel's
 * own, or the host's.
 */
public final class TagPool {
    private final int bits;
    private long generation = 1;
    private long next = 1;

    /** @param bits of a tag; 0 when hardware has none, then every ticket but the newest is stale and has tag 0 */
    public TagPool(int bits) {
        if (bits < 0 || bits > 31) {
            throw new IllegalArgumentException("tags have 0 to 31 bits, not " + bits);
        }
        this.bits = bits;
    }

    /** A new ticket; compare {@link #generation()} before and after to see whether all cached things must go. */
    public long take() {
        if (next >> bits != 0) {
            generation++;
            next = bits == 0 ? 0 : 1;
        }
        return generation << 32 | next++;
    }

    /** Whether the ticket may still be used. */
    public boolean isCurrent(long ticket) {
        return ticket >>> 32 == generation;
    }

    /** The tag of a ticket. */
    public static int tag(long ticket) {
        return (int) ticket;
    }

    /** Grows by one at each roll-over. */
    public long generation() {
        return generation;
    }
}
