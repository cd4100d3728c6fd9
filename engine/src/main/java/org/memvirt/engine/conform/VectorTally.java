package org.memvirt.engine.conform;

/**
 * What playing vectors came to.
 *
 * @param mismatches accesses that were answered otherwise, and words that were left otherwise
 * @param deviations accesses whose recorded answer the file itself calls wrong: compared with the manual's, or not at all
 */
public record VectorTally(long cases, long accesses, long mismatches, long deviations) {
    public static final VectorTally NOTHING = new VectorTally(0, 0, 0, 0);

    /** Both together. */
    public VectorTally plus(VectorTally other) {
        return new VectorTally(
                cases + other.cases,
                accesses + other.accesses,
                mismatches + other.mismatches,
                deviations + other.deviations);
    }
}
