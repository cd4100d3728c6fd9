package org.memvirt.engine;

/**
 * How an input is played.
 *
 * @param passes how often, state kept in between; 1 or more
 * @param prefault whether an uncounted pass goes first: it maps everything in every stage and sets accessed and dirty bits
 * @param quantum accesses that a vCPU makes until it is the next one's turn on its core; 1 or more
 */
public record RunPlan(int passes, boolean prefault, long quantum) {
    /** Accesses of a turn, unless somebody says otherwise. */
    public static final long USUAL_QUANTUM = 100_000;

    public RunPlan(int passes, boolean prefault) {
        this(passes, prefault, USUAL_QUANTUM);
    }

    public RunPlan {
        if (quantum < 1) {
            throw new IllegalArgumentException("a turn has at least one access, not " + quantum);
        }
        if (passes < 1) {
            throw new IllegalArgumentException("an input is played at least once, not " + passes + " times");
        }
    }
}
