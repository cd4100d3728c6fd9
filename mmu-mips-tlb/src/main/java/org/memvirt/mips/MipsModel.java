package org.memvirt.mips;

/**
 * What sets one processor's MMU apart from another's, as its Config registers and its manual tell.
 *
 * @param name for messages
 * @param is64 whether addresses and registers have 64 bits: MIPS64
 * @param entries of the TLB, each for a pair of pages
 * @param segmentBits SEGBITS, the address bits of one 64-bit segment; 32 on MIPS32
 * @param physicalBits PABITS, of a physical address: at most 36, which is what EntryLo holds without large addresses
 * @param largestShift offset bits of the largest page: 24 in release 1, 28 in release 2
 * @param hasSupervisor whether there is a supervisor mode
 * @param hasSmallPages whether pages may have 1 KiB (Config3.SP)
 * @param hasInhibits whether pages can forbid reads and execution (Config3.RXI)
 * @param hasInvalid whether an entry can be made to match nothing (EntryHi.EHINV, TLBINV and TLBINVF; Config4.IE)
 */
record MipsModel(
        String name,
        boolean is64,
        int entries,
        int segmentBits,
        int physicalBits,
        int largestShift,
        boolean hasSupervisor,
        boolean hasSmallPages,
        boolean hasInhibits,
        boolean hasInvalid) {
    /** Bits of an ASID. */
    static final int TAG_BITS = 8;

    private static final int MOST_ENTRIES = 64;
    private static final int MOST_PHYSICAL_BITS = 36;
    private static final int LEAST_SEGMENT_BITS = 32;
    private static final int MOST_SEGMENT_BITS = 61;

    MipsModel {
        if (entries < 2 || entries > MOST_ENTRIES) {
            throw new IllegalArgumentException(
                    "%s: a TLB has 2 to %d entries, not %d".formatted(name, MOST_ENTRIES, entries));
        }
        if (segmentBits < LEAST_SEGMENT_BITS || segmentBits > MOST_SEGMENT_BITS) {
            throw new IllegalArgumentException("%s: segments have %d to %d address bits (SEGBITS), not %d"
                    .formatted(name, LEAST_SEGMENT_BITS, MOST_SEGMENT_BITS, segmentBits));
        }
        if (physicalBits < LEAST_SEGMENT_BITS || physicalBits > MOST_PHYSICAL_BITS) {
            throw new IllegalArgumentException("%s: a physical address has %d to %d bits (PABITS), not %d"
                    .formatted(name, LEAST_SEGMENT_BITS, MOST_PHYSICAL_BITS, physicalBits));
        }
    }

    /** The same with so many entries. */
    MipsModel withEntries(int count) {
        return new MipsModel(
                name,
                is64,
                count,
                segmentBits,
                physicalBits,
                largestShift,
                hasSupervisor,
                hasSmallPages,
                hasInhibits,
                hasInvalid);
    }

    /** Offset bits of the smallest page that there can be. */
    int smallestShift() {
        return hasSmallPages ? 10 : 12;
    }

    /** Bit s is set where a page can have 2^s bytes: every second size from the smallest on. */
    long pageSizes() {
        long sizes = 0;
        for (int shift = smallestShift(); shift <= largestShift; shift += 2) {
            sizes |= 1L << shift;
        }
        return sizes;
    }

    /** Where an address lies. */
    Segment segment(long address) {
        return is64 ? Segment.of(address, segmentBits, physicalBits) : Segment.of(address);
    }

    /** Whether {@link #comparedBits} hold all of an address: what is left out follows from the segment. */
    boolean isTold(long address) {
        return address == (int) address || (address & ~comparedBits()) == 0;
    }

    /** The address whose {@link #comparedBits} these are: above the topmost 2 GiB of the kernel's segment there are ones. */
    long address(long compared) {
        return is64 && compared < 0 && (compared | ~comparedBits()) >= Integer.MIN_VALUE
                ? compared | ~comparedBits()
                : compared;
    }

    /** The bits of a physical address. */
    long physicalAddresses() {
        return (1L << physicalBits) - 1;
    }

    /** The bits of an address that an entry is compared with, down to bit 0. */
    long comparedBits() {
        return is64 ? 3L << 62 | (1L << segmentBits) - 1 : (1L << 32) - 1;
    }

    /** All the bits of a register as wide as an address. */
    long registerBits() {
        return is64 ? -1 : (1L << 32) - 1;
    }
}
