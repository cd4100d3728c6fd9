package org.memvirt.api.architecture;

import java.util.Arrays;
import java.util.BitSet;

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
    private final BitSet used = new BitSet();
    // Tickets of earlier generations whose tags were in use when this one began, and go on.
    private long[] kept = {};
    private long generation = 1;
    private int next = 1;

    /** @param bits of a tag; 0 when hardware has none, then every ticket but the newest is stale and has tag 0 */
    public TagPool(int bits) {
        if (bits < 0 || bits > 31) {
            throw new IllegalArgumentException("tags have 0 to 31 bits, not " + bits);
        }
        this.bits = bits;
    }

    /** Bits of a tag. */
    public int bits() {
        return bits;
    }

    /** A new ticket; compare {@link #generation()} before and after to see whether all cached things must go. */
    public long take() {
        return take(new long[0]);
    }

    /**
     * A new ticket, where tags that are in use on other processors survive a roll-over: whoever holds one learns its ticket
     * of the new generation from {@link #renewed}.
     *
     * @param active the tickets in use; 0 and stale ones do not count
     * @throws IllegalStateException when more are in use than there are tags
     */
    public long take(long[] active) {
        if (bits == 0) {
            generation++;
            return generation << 32;
        }
        int tag = used.nextClearBit(next);
        if (tag >>> bits != 0) {
            rollOver(active);
            tag = used.nextClearBit(1);
            if (tag >>> bits != 0) {
                throw new IllegalStateException("all %d tags are in use at once".formatted((1 << bits) - 1));
            }
        }
        used.set(tag);
        next = tag + 1;
        return generation << 32 | tag;
    }

    private void rollOver(long[] active) {
        kept = Arrays.stream(active).filter(ticket -> renewed(ticket) != 0).toArray();
        generation++;
        used.clear();
        for (long ticket : kept) {
            used.set(tag(ticket));
        }
    }

    /** Whether the ticket may still be used. */
    public boolean isCurrent(long ticket) {
        return ticket >>> 32 == generation;
    }

    /** What the holder of a ticket holds now: the same, its tag with the new generation, or 0 when that is lost. */
    public long renewed(long held) {
        if (isCurrent(held)) {
            return held;
        }
        for (long ticket : kept) {
            if (ticket == held) {
                return generation << 32 | tag(held);
            }
        }
        return 0;
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
