package org.memvirt.mips;

/** Bits of the Status register; PRA, "Status Register (CP Register 12, Select 0)". */
final class Status {
    /** Exception level: a handler runs, in kernel mode. */
    static final long EXL = 1 << 1;

    /** Error level: kernel mode, and kuseg is not mapped. */
    static final long ERL = 1 << 2;

    /** The 64-bit segments of the user, of the supervisor, and of the kernel can be used. */
    static final long UX = 1 << 5;

    static final long SX = 1 << 6;
    static final long KX = 1 << 7;

    static final int KSU_SHIFT = 3;
    static final long KSU = 3 << KSU_SHIFT;

    private Status() {}

    /** The mode that a processor is in; the fourth code of KSU is reserved, and taken for the user's. */
    static int mode(long status) {
        return (status & (EXL | ERL)) != 0 ? Mode.KERNEL : Math.min((int) (status >>> KSU_SHIFT & 3), Mode.USER);
    }
}
