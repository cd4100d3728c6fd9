package org.memvirt.api.radix;

/** What a page must be so that a radix table can map it. */
record PageChecks(RadixFormat format) {
    /** The level of the leaves of a page size. */
    int levelOf(int pageShift) {
        for (int level = 1; level <= format.levels(); level++) {
            Geometry.Level step = format.levels[level];
            boolean joined = step.group() != 0 && step.shift() + step.groupBits() == pageShift;
            if (step.mayEnd() && (step.shift() == pageShift || joined)) {
                return level;
            }
        }
        throw new IllegalArgumentException(
                format.name() + " has no pages of 2^" + pageShift + " bytes; it has 2^" + format.pageShifts());
    }

    void check(long input, long output, int pageShift) {
        long mask = (1L << pageShift) - 1;
        if ((input & mask) != 0 || (output & mask) != 0) {
            throw new IllegalArgumentException(
                    "%#x to %#x is not aligned to a page of 2^%d bytes".formatted(input, output, pageShift));
        }
        if (!format.inRange(input)) {
            throw new IllegalArgumentException(
                    "%s has no input address %#x: it has %d bits".formatted(format.name(), input, format.inputBits()));
        }
        if (output >>> format.outputBits() != 0) {
            throw new IllegalArgumentException("%s has no output address %#x: it has %d bits"
                    .formatted(format.name(), output, format.outputBits()));
        }
    }

    /** Whether a leaf that was made for {@code output} leads there. */
    void checkReach(long leaf, long output, int level, int pageShift) {
        if (format.frame(leaf, level) != output) {
            throw new IllegalArgumentException("a page of 2^%d bytes of %s cannot lie at %#x"
                    .formatted(pageShift, format.name(), output));
        }
    }
}
