package org.memvirt.arm;

/** Which of the two ranges of virtual addresses; Arm ARM, "Selection between TTBR0_ELx and TTBR1_ELx". */
enum Half {
    /** Through TTBR0: the upper bits of an address are clear. */
    LOWER("lower"),
    /** Through TTBR1: they are set. */
    UPPER("upper");

    private final String text;

    Half(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    /** The bit of an address that selects the half, whatever its size and its tag are. */
    static final int SELECTING_BIT = 55;
}
