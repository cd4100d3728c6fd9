package org.memvirt.engine.tlb;

import org.memvirt.api.access.Rights;

/**
 * How a TLB array keeps an entry in two words: the key, which is the page's address with its size and its tag, and the value,
 * which is the frame with the rights.
 *
 * <p>The key of a page of the smallest size is its address with its tag. That of a larger one says so with one more bit, and
 * has, of the bits that are offset in the page, the highest set: the lowest bit of the address that is set tells the size.
 * The bits of a tag for which a key has no room lie in the value, above the frame. They are all clear until some 2,000
 * spaces have entries at once.
 */
public final class TlbKeys {
    /** The bits of a tag that a key has room for. */
    private static final int TAG_BITS = 11;

    /** Tags below this lie in a key. */
    static final int NARROW_TAGS = 1 << TAG_BITS;

    /** Tags are below this. */
    static final int TAGS = 1 << TAG_BITS + 12;

    /** The bit of a key that says that the page is larger than the smallest. */
    static final long LARGE = NARROW_TAGS;

    /** A key that no address has: a large page, of no size. */
    static final long INVALID = LARGE;

    private static final long PAGE = -4096;
    private static final int FRAME_BITS = 52;
    private static final long FRAME = PAGE & (1L << FRAME_BITS) - 1;

    /** Where in a value its rights end, and the bit that says it is global begins. */
    static final long GLOBAL = Rights.ALL + 1;

    private final int[] shifts;
    /** By offset bits, the index of a size; of an invalid key, which tells of 65, any. */
    private final byte[] sizes = new byte[Long.SIZE + 2];

    /** By offset bits, the index of the largest size that is not above; or -1. */
    private final byte[] sizesFor = new byte[Long.SIZE];

    private final int smallShift;
    private final int printShift;

    /**
     * @param pageShifts ascending
     * @param setBits of an address above its page that tell the set
     */
    TlbKeys(int[] pageShifts, int setBits) {
        shifts = pageShifts;
        if (shifts.length == 0 || shifts[0] < 12 || shifts[shifts.length - 1] > FRAME_BITS) {
            throw new IllegalArgumentException("a TLB array holds pages of 2^12 to 2^%d bytes, not of 2^%s"
                    .formatted(FRAME_BITS, java.util.Arrays.toString(shifts)));
        }
        for (int size = 0; size < shifts.length; size++) {
            sizes[shifts[size]] = (byte) size;
        }
        for (int shift = 0; shift < Long.SIZE; shift++) {
            int size = shifts.length - 1;
            while (size >= 0 && shifts[size] > shift) {
                size--;
            }
            sizesFor[shift] = (byte) size;
        }
        smallShift = shifts[0];
        printShift = smallShift + setBits;
    }

    // Page sizes, by their index.

    int shiftOf(int size) {
        return shifts[size];
    }

    int smallShift() {
        return smallShift;
    }

    /** The index of the largest size that is not above {@code pageShift}; -1 if there is none. */
    int sizeFor(int pageShift) {
        return sizesFor[pageShift];
    }

    /** Bit s is set for pages of 2^s bytes. */
    long allSizes() {
        long all = 0;
        for (int shift : shifts) {
            all |= 1L << shift;
        }
        return all;
    }

    // Keys.

    /** The key of the page around the address, without its tag. */
    long pageKey(long address, int size) {
        int shift = shifts[size];
        return size == 0 ? address & -1L << shift : address & -1L << shift | 1L << shift - 1 | LARGE;
    }

    /** The part of a tag that lies in a key. */
    static long narrow(int tag) {
        return tag & NARROW_TAGS - 1;
    }

    int sizeOf(long key) {
        return (key & LARGE) == 0 ? 0 : sizes[Long.numberOfTrailingZeros(key & PAGE) + 1];
    }

    /** First address of the page. */
    long page(long key) {
        return key & -1L << shifts[sizeOf(key)];
    }

    /** The bits that tell the pages of a set apart best, from the lowest on. */
    long printOf(long key) {
        return (key & LARGE) == 0 ? key >>> printShift : key >>> printShift + shifts[sizeOf(key)] - smallShift;
    }

    /** The same of a page of the smallest size. */
    long smallPrintOf(long key) {
        return key >>> printShift;
    }

    /** The tag of the entry's space, or for a global one of its VM. */
    static int tag(long key, long value) {
        return (int) narrow((int) key) | (int) (value >>> FRAME_BITS) << TAG_BITS;
    }

    // Values.

    /** @param output any host-physical address within the page's frame */
    long value(long output, int size, int tag, boolean global, int allowed) {
        long frame = output & -1L << shifts[size] & FRAME;
        long tagAbove = (long) (tag >>> TAG_BITS) << FRAME_BITS;
        return tagAbove | frame | (global ? GLOBAL : 0) | allowed;
    }

    public static boolean isGlobal(long value) {
        return (value & GLOBAL) != 0;
    }

    /** Whether the whole tag lies in the key. */
    static boolean isNarrow(long value) {
        return value >>> FRAME_BITS == 0;
    }

    static long frame(long value) {
        return value & FRAME;
    }
}
