package org.memvirt.engine;

/**
 * How an input is played.
 *
 * @param passes how often, state kept in between; 1 or more
 * @param prefault whether an uncounted pass goes first: it maps everything in every stage and sets accessed and dirty bits
 */
public record RunPlan(int passes, boolean prefault) {
    public RunPlan {
        if (passes < 1) {
            throw new IllegalArgumentException("an input is played at least once, not " + passes + " times");
        }
    }
}
