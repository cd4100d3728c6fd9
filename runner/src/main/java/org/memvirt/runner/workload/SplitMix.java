package org.memvirt.runner.workload;

/** Steele, Lea and Flood's SplitMix generator of 64-bit numbers (OOPSLA 2014): integers only, so the same everywhere. */
final class SplitMix {
    private long state;

    SplitMix(long seed) {
        state = seed;
    }

    long next() {
        state += 0x9e37_79b9_7f4a_7c15L;
        long mixed = (state ^ state >>> 30) * 0xbf58_476d_1ce4_e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d0_49bb_1331_11ebL;
        return mixed ^ mixed >>> 31;
    }

    /** A number from 0 to {@code bound} - 1: the upper half of the 128-bit product with the bound. */
    long below(long bound) {
        return Math.unsignedMultiplyHigh(next(), bound);
    }
}
