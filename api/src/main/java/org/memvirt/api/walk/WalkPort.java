package org.memvirt.api.walk;

/**
 * How a walk reaches the tables it reads, and what its result means: the one thing, beside the handling of faults, by
 * which virtualization strategies differ. Called once a reference and once a walk; must not allocate.
 *
 * <p>Addresses are those that the format's entries name: host-physical, or guest-physical when a second stage lies below.
 * A port that cannot read an entry keeps the fault in the walk ({@link Walk#keepFaultOf} or {@link Walk#fail}) and
 * returns 0, which is an invalid entry in every format; the walk then ends by itself.
 */
public interface WalkPort {
    /**
     * Reads a table entry: one reference, and those of the stage-2 walk that finds it.
     *
     * @param level the level of the table, for the count
     * @param address the byte address of the entry
     * @return the aligned 64-bit word that contains the entry; its host address is then in {@link Walk#hostAddress}, with the
     *     low bits of {@code address}
     */
    long readEntry(Walk walk, int level, long address);

    /** Reads a table entry whose host address a walk cache knew: one reference, no stage 2. */
    long readEntryAt(Walk walk, int level, long hostAddress);

    /**
     * Reads an entry of several words: one reference, as hardware reads a line. All words are of one moment: a cache that
     * holds the entry holds all of it.
     *
     * @param address the byte address of the entry, a multiple of its size
     * @param hostAddress its place in host memory if a walk cache knew it, else {@link Walk#NOWHERE}
     * @param words 2, 4 or 8
     * @return the first word; all are in {@link Walk#words}. The host address of the first is in {@link Walk#hostAddress}; those
     *     of the others follow
     */
    long readWideEntry(Walk walk, int level, long address, long hostAddress, int words);

    /**
     * Writes accessed and dirty bits into an entry that this walk has read, unless it has changed since.
     *
     * @param address the entry's byte address, as it was read; of a wide entry, that of the word
     * @param hostAddress its place in host memory, {@link Walk#hostAddress} after the read
     * @param expected the aligned 64-bit word that contains it, as it was read
     * @param update the word to write
     * @return false if it could not be written; then the walk holds the fault, or the word has changed and the walk must
     *     begin again
     */
    boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update);

    /**
     * Turns the leaf's output address into a host-physical one, lowers {@link Walk#pageShift} to the smaller page and
     * {@link Walk#allowed} to what both stages allow, and sets {@link Walk#stage2Shift}; or keeps the fault. Called once,
     * as the last thing of a walk that has passed its own checks.
     */
    void resolveLeaf(Walk walk);
}
