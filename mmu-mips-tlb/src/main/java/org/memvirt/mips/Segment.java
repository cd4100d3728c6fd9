package org.memvirt.mips;

/**
 * The segments of the virtual address space. PRA, "Virtual Address Spaces", and "Access Control as a Function of Address
 * and Operating Mode". Of names that differ by mode (useg, suseg, kuseg) the user's, or the supervisor's, stands here.
 *
 * <p>Not modelled: dseg, which takes the place of a part of kseg3 in debug mode, and segmentation control.
 */
enum Segment {
    USEG(Mode.USER, Status.UX, false, true),
    XUSEG(Mode.USER, Status.UX, true, true),
    XSSEG(Mode.SUPERVISOR, Status.SX, true, true),
    XKPHYS(Mode.KERNEL, Status.KX, true, false),
    XKSEG(Mode.KERNEL, Status.KX, true, true),
    KSEG0(Mode.KERNEL, Status.KX, false, false),
    KSEG1(Mode.KERNEL, Status.KX, false, false),
    SSEG(Mode.SUPERVISOR, Status.SX, false, true),
    KSEG3(Mode.KERNEL, Status.KX, false, true),
    /** Addresses between the segments. */
    NONE(-1, 0, false, false);

    private static final long LOW_HALF = 1L << 31;
    private static final long KSEG_OFFSET = (1L << 29) - 1;
    private static final long XKPHYS_OFFSET = (1L << 59) - 1;
    private static final Segment[] BY_TOP_BITS = {USEG, USEG, USEG, USEG, KSEG0, KSEG1, SSEG, KSEG3};

    /** The bit of Status that selects 64-bit addressing in it, and with it the XTLB refill vector. */
    final long wide;

    /** Whether the TLB translates it. */
    final boolean isMapped;

    private final int leastMode;
    private final boolean isWideOnly;

    Segment(int leastMode, long wide, boolean isWideOnly, boolean isMapped) {
        this.leastMode = leastMode;
        this.wide = wide;
        this.isWideOnly = isWideOnly;
        this.isMapped = isMapped;
    }

    /** The segment of a 32-bit address, given with zeros or its sign above. */
    static Segment of(long address) {
        return address == (int) address || address >>> 32 == 0 ? BY_TOP_BITS[(int) address >>> 29] : NONE;
    }

    /**
     * The segment of a 64-bit address.
     *
     * @param segmentBits SEGBITS, the address bits of one 64-bit segment
     * @param physicalBits PABITS
     */
    static Segment of(long address, int segmentBits, int physicalBits) {
        if (address == (int) address) {
            return BY_TOP_BITS[(int) address >>> 29];
        }
        long offset = address & -1L >>> 2;
        boolean isInside = offset >>> segmentBits == 0;
        return switch ((int) (address >>> 62)) {
            case 0 -> isInside ? XUSEG : NONE;
            case 1 -> isInside ? XSSEG : NONE;
            case 2 -> (address & XKPHYS_OFFSET) >>> physicalBits == 0 ? XKPHYS : NONE;
            default -> isInside && offset < (1L << segmentBits) - LOW_HALF ? XKSEG : NONE;
        };
    }

    /** Whether an access in this mode may go here; if not it is an address error. */
    boolean isLegal(int mode, long status) {
        return mode <= leastMode && (!isWideOnly || (status & wide) != 0);
    }

    /** Whether an access in this mode passes by the TLB; PRA, "Address Translation for the kuseg Segment when ERL = 1". */
    boolean isUnmapped(int mode, long status) {
        return !isMapped || this == USEG && mode == Mode.KERNEL && (status & Status.ERL) != 0;
    }

    /** The address bits of a segment that passes by the TLB: what they all hold is translated alike. */
    int offsetBits(int physicalBits) {
        return switch (this) {
            case KSEG0, KSEG1 -> Long.SIZE - Long.numberOfLeadingZeros(KSEG_OFFSET);
            case XKPHYS -> physicalBits;
            default -> Long.SIZE - Long.numberOfLeadingZeros(LOW_HALF - 1);
        };
    }

    /** Where an access that passes by the TLB goes. */
    long physical(long address) {
        return switch (this) {
            case KSEG0, KSEG1 -> address & KSEG_OFFSET;
            case XKPHYS -> address & XKPHYS_OFFSET;
            default -> address;
        };
    }
}
