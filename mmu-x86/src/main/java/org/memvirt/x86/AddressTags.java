package org.memvirt.x86;

/**
 * The upper bits of a pointer to data in which a program may keep a tag: they are put right before the address is checked
 * and translated, and what hardware tells of the access is the address without them. SDM vol. 1, "Linear-Address Masking
 * (LAM)": bit 63 says whether an address is the user's or the supervisor's, whoever accesses it. APM vol. 2, "Upper Address
 * Ignore".
 *
 * <p>Not modelled: upper-address ignore is for the segments DS and ES alone; every data access counts as one through these.
 */
final class AddressTags {
    private static final int UAI_WIDTH = 57;

    /** Low bits that count, of an address with bit 63 clear and set; 64 where all do. */
    private final int userWidth;

    private final int supervisorWidth;
    private final boolean upperIgnored;

    private AddressTags(int userWidth, int supervisorWidth, boolean upperIgnored) {
        this.userWidth = userWidth;
        this.supervisorWidth = supervisorWidth;
        this.upperIgnored = upperIgnored;
    }

    /** @param linearBits of the paging mode, which decides about the supervisor's */
    static AddressTags of(Controls controls, int linearBits) {
        int user =
                switch (controls.text(Controls.LAM_USER)) {
                    case "off" -> Long.SIZE;
                    case "48" -> 48;
                    case "57" -> 57;
                    default -> throw controls.wrong(Controls.LAM_USER, "it is off, 48 or 57");
                };
        boolean supervisor = controls.has(Controls.LAM_SUP);
        boolean upperIgnored = controls.has(Controls.UAI);
        if (upperIgnored && (supervisor || user != Long.SIZE)) {
            throw controls.wrong(
                    Controls.UAI,
                    "a processor masks linear addresses (Intel's) or ignores upper ones (AMD's), not both");
        }
        return new AddressTags(user, supervisor ? linearBits : Long.SIZE, upperIgnored);
    }

    /** Whether there are any. */
    boolean any() {
        return upperIgnored || userWidth != Long.SIZE || supervisorWidth != Long.SIZE;
    }

    /** The address that a data access to {@code address} is to. */
    long remove(long address) {
        if (upperIgnored) {
            return extend(address, UAI_WIDTH);
        }
        int width = address < 0 ? supervisorWidth : userWidth;
        // Bit 63 stays, so that it is still checked against the highest bit that counts.
        return extend(address, width) & Long.MAX_VALUE | address & Long.MIN_VALUE;
    }

    private static long extend(long address, int width) {
        return address << (Long.SIZE - width) >> (Long.SIZE - width);
    }
}
