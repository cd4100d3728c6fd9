package org.memvirt.engine.cache;

/**
 * Which slots of an {@link AssociativeCache} have been met since {@link #begin}, while walks are taken through that were made
 * side by side: nothing changes in memory between those, so one look at what a slot holds is enough, and only what it has
 * learned last has to be written.
 */
final class Learned {
    /** What nobody learned. */
    static final int NOTHING = -1;

    private static final int MOST = 1 << 16;

    // By slot, where the walks of its time begin plus what it has learned, or plus MOST if it has only been looked at.
    private final long[] notes;
    private long now = 1;

    Learned(AssociativeCache cache) {
        notes = new long[cache.slots()];
    }

    /** Forgets everything. */
    void begin() {
        now += 2 * MOST;
    }

    /** Whether the slot has been met. */
    boolean knows(int slot) {
        return notes[AssociativeCache.indexOf(slot)] >= now;
    }

    /** Notes that the slot holds what it should. */
    void agree(int slot) {
        notes[AssociativeCache.indexOf(slot)] = now + MOST;
    }

    /** Notes that the slot is to hold something else. */
    void learn(int slot, int what) {
        notes[AssociativeCache.indexOf(slot)] = now + what;
    }

    /** What the slot has learned last, or {@link #NOTHING}. */
    int learned(int slot) {
        long since = notes[AssociativeCache.indexOf(slot)] - now;
        return since >= 0 && since < MOST ? (int) since : NOTHING;
    }
}
