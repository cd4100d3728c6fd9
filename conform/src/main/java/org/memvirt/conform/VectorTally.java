package org.memvirt.conform;

/**
 * What playing vectors came to.
 *
 * @param accesses to memory that were made
 * @param steps that were carried out: the accesses, and instructions of an architected TLB
 * @param mismatches steps that were answered otherwise, and words that were left otherwise
 * @param deviations steps whose recorded answer the file itself calls wrong, compared with the manual's or not at all, or in
 *     part the processor's own choice, which is left out of the comparison
 */
public record VectorTally(long cases, long accesses, long steps, long mismatches, long deviations) {
    public static final VectorTally NOTHING = new VectorTally(0, 0, 0, 0);

    /** Where all steps are accesses. */
    public VectorTally(long cases, long accesses, long mismatches, long deviations) {
        this(cases, accesses, accesses, mismatches, deviations);
    }

    /** Both together. */
    public VectorTally plus(VectorTally other) {
        return new VectorTally(
                cases + other.cases,
                accesses + other.accesses,
                steps + other.steps,
                mismatches + other.mismatches,
                deviations + other.deviations);
    }
}
