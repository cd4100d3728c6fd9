package org.memvirt.engine.memory;

import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What lies behind one aligned block of a guest's memory. A block has a piece of host memory as its home, in which each of
 * its granules has a place. It costs a few words as long as all granules that are there lie in their places.
 */
final class Block {
    /** No address. */
    static final long NOWHERE = -1;

    /** Others map the granule's frame, too. */
    static final int SHARED = 1;

    /** The next store is to be noticed. */
    static final int PROTECTED = 1 << 1;

    /** No store is allowed. */
    static final int READ_ONLY = 1 << 2;

    /** The granule's place at home is not its own: it lies elsewhere, or its frame was given back. */
    private static final int AWAY = 1 << 3;

    private static final long ADDRESS = -1L << BuddyAllocator.FRAME_SHIFT;

    private final int granuleShift;
    private final int granules;
    private final long home;
    // One bit a granule; null when all are there.
    private long @Nullable [] present;
    private int count;
    // By granule: the flags, and the address of one that is AWAY; null while all are 0.
    private long @Nullable [] words;

    /**
     * A block of which no granule is there.
     *
     * @param home the host address of the memory that is kept for it, or {@link #NOWHERE}
     */
    Block(long home, int granules, int granuleShift) {
        this.home = home;
        this.granules = granules;
        this.granuleShift = granuleShift;
        present = new long[granules + Long.SIZE - 1 >>> 6];
        if (home == NOWHERE) {
            Arrays.fill(words(), AWAY);
        }
    }

    /** A block that is all there, at home. */
    static Block whole(long home, int granules, int granuleShift) {
        Block block = new Block(home, granules, granuleShift);
        block.present = null;
        block.count = granules;
        return block;
    }

    /** The host address of the whole block, if all of it is there, at home and without flags; else {@link #NOWHERE}. */
    long wholeAddress() {
        return count == granules && words == null ? home : NOWHERE;
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean has(int granule) {
        return present == null || (present[granule >>> 6] >>> granule & 1) != 0;
    }

    /** Where the granule lies or, if it is not there, may be put at home; {@link #NOWHERE} if it has no place. */
    long address(int granule) {
        long word = word(granule);
        if ((word & AWAY) == 0) {
            return home + ((long) granule << granuleShift);
        }
        return has(granule) ? word & ADDRESS : NOWHERE;
    }

    int flags(int granule) {
        return (int) (word(granule) & (SHARED | PROTECTED | READ_ONLY));
    }

    boolean hasFlags() {
        for (int granule = 0; words != null && granule < granules; granule++) {
            if (flags(granule) != 0) {
                return true;
            }
        }
        return false;
    }

    void setFlags(int granule, int flags) {
        words()[granule] = word(granule) & (ADDRESS | AWAY) | flags;
        tidy();
    }

    /** Takes these flags from every granule. */
    void clearFlags(int flags) {
        for (int granule = 0; words != null && granule < granules; granule++) {
            words[granule] &= ~(long) flags;
        }
        tidy();
    }

    /** Granules come that are not there yet, to their places at home. */
    void addAtHome(int first, int number) {
        for (int granule = first; granule < first + number; granule++) {
            setPresent(granule);
        }
    }

    /** Whether none of these granules is there, and all have their places at home. */
    boolean isFree(int first, int number) {
        for (int granule = first; granule < first + number; granule++) {
            if (has(granule) || address(granule) == NOWHERE) {
                return false;
            }
        }
        return true;
    }

    /** Tells the host address of each granule's place that is kept though the granule is not there. */
    void forEachReserved(LongConsumer visitor) {
        for (int granule = 0; granule < granules; granule++) {
            if (!has(granule) && address(granule) != NOWHERE) {
                visitor.accept(address(granule));
            }
        }
    }

    /** Gives up the places that are kept for granules that are not there, and tells the host address of each. */
    void giveUpReserved(LongConsumer visitor) {
        for (int granule = 0; count < granules && granule < granules; granule++) {
            if (!has(granule) && address(granule) != NOWHERE) {
                visitor.accept(address(granule));
                words()[granule] |= AWAY;
            }
        }
    }

    /** Tells the host address and the flags of each granule that is there. */
    void forEachThere(ThereVisitor visitor) {
        for (int granule = 0; granule < granules; granule++) {
            if (has(granule)) {
                visitor.accept(address(granule), flags(granule));
            }
        }
    }

    /** Who is told of granules. */
    interface ThereVisitor {
        void accept(long address, int flags);
    }

    /** The block as it is, with its home where all of it lies away from home; null if it does not lie in one piece. */
    @Nullable Block rehomed() {
        long first = address(0);
        if (count != granules || words == null || (first & ((long) granules << granuleShift) - 1) != 0) {
            return null;
        }
        for (int granule = 0; granule < granules; granule++) {
            boolean away = (word(granule) & AWAY) != 0 && (word(granule) & SHARED) == 0;
            if (!away || address(granule) != first + ((long) granule << granuleShift)) {
                return null;
            }
        }
        Block rehomed = whole(first, granules, granuleShift);
        for (int granule = 0; granule < granules; granule++) {
            if (flags(granule) != 0) {
                rehomed.setFlags(granule, flags(granule));
            }
        }
        return rehomed;
    }

    /** The granule comes, or moves, to a host address. */
    void put(int granule, long address) {
        words()[granule] = address | AWAY | flags(granule);
        setPresent(granule);
    }

    /** The granule goes, and its place at home is not its own any more. */
    void remove(int granule) {
        long[] bits = present;
        if (bits == null) {
            bits = new long[granules + Long.SIZE - 1 >>> 6];
            for (int other = 0; other < granules; other++) {
                bits[other >>> 6] |= 1L << other;
            }
            present = bits;
        }
        bits[granule >>> 6] &= ~(1L << granule);
        count--;
        words()[granule] = AWAY | flags(granule);
    }

    private void setPresent(int granule) {
        long[] bits = present;
        if (bits != null && !has(granule)) {
            bits[granule >>> 6] |= 1L << granule;
            count++;
            present = count == granules ? null : bits;
        }
    }

    private long word(int granule) {
        return words == null ? 0 : words[granule];
    }

    private long[] words() {
        if (words == null) {
            words = new long[granules];
        }
        return words;
    }

    private void tidy() {
        for (int granule = 0; words != null && granule < granules; granule++) {
            if (words[granule] != 0) {
                return;
            }
        }
        words = null;
    }
}
