package org.memvirt.api.walk;

/**
 * Is told what walks do, to draw them or to teach. Called on the simulation's own thread, in order; it must not keep the
 * {@link Walk}, which is reused. Without an observer a walk pays one null check a reference.
 */
public interface WalkObserver {
    /** A walk begins; its question is in the walk. */
    default void start(Walk walk) {}

    /**
     * One reference was made.
     *
     * @param guestLevel the stage-1 level, or 0 for the walk of the final address
     * @param hostLevel the stage-2 level, or 0 for an entry of the stage-1 table
     * @param address where the entry was read: host-physical
     * @param entry the aligned 64-bit word that was read
     */
    void reference(int guestLevel, int hostLevel, long address, long entry);

    /** A cache answered in place of that many references. */
    default void skipped(int references) {}

    /** An accessed or dirty bit was written. */
    default void update(long address, long entry) {}

    /** The walk ended; its answer, or its fault, is in the walk. */
    default void end(Walk walk) {}
}
