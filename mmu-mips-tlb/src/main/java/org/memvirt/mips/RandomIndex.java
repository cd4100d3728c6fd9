package org.memvirt.mips;

/**
 * The Random and Wired registers. PRA, "Random Register" and "Wired Register": Random runs from the last entry down to the
 * first that is not wired, begins with the last after a reset and after a write of Wired, and how it goes on is left to the
 * implementation. Cores count down by the cycle, the 4Kc with a pseudo-random perturbation; here each write draws the next
 * value, all with the same probability.
 */
final class RandomIndex {
    private static final long GAMMA = 0x9e37_79b9_7f4a_7c15L;

    private final int entries;
    private long state;
    private int wired;
    private int current;

    RandomIndex(int entries, long seed) {
        this.entries = entries;
        state = seed;
        current = entries - 1;
    }

    int wired() {
        return wired;
    }

    void wire(int count) {
        if (count < 0 || count >= entries) {
            throw new IllegalArgumentException(
                    "Wired is 0 to %d, so that one entry at least is free, not %d".formatted(entries - 1, count));
        }
        wired = count;
        current = entries - 1;
    }

    /** What Random reads as. */
    int current() {
        return current;
    }

    /** The index that a write takes, which draws the next one. */
    int take() {
        int taken = current;
        state += GAMMA;
        // SplitMix64; Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
        long mixed = (state ^ state >>> 30) * 0xbf58_476d_1ce4_e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d0_49bb_1331_11ebL;
        current = wired + (int) (((mixed ^ mixed >>> 31) >>> 32) * (entries - wired) >>> 32);
        return taken;
    }
}
