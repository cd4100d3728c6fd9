package org.memvirt.engine.tlb;

/**
 * When each entry of the level-1 arrays was used last, in a time that counts look-ups: the order of true LRU, without moving
 * anything at a hit. What is not in use has time 0.
 */
public final class Uses {
    /** The slot of entries whose uses nobody asks for. */
    static final int NOBODYS = 0;

    /** Far enough from 0 that the entries of a set can be told apart before it. */
    private static final long START = 1 << 20;

    /** By slot, the time of the last use; live. */
    final long[] last;

    private final long[] saved;
    private long now = START;
    private long savedNow;
    private int allotted = NOBODYS + 1;

    /** @param entries of all arrays together */
    Uses(int entries) {
        last = new long[entries + 1];
        saved = last.clone();
    }

    /** Slots for an array, side by side; returns the first. */
    int allot(int entries) {
        int first = allotted;
        allotted += entries;
        return first;
    }

    /** That of the last look-up. */
    public long now() {
        return now;
    }

    /** The time goes on to this, which has not been. */
    public void goOn(long to) {
        now = to;
    }

    /** Keeps all times, for {@link #restore}. */
    public void save() {
        System.arraycopy(last, 0, saved, 0, last.length);
        savedNow = now;
    }

    /** Makes them what they were at {@link #save}. */
    public void restore() {
        System.arraycopy(saved, 0, last, 0, last.length);
        now = savedNow;
    }
}
