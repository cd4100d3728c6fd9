package org.memvirt.api.walk;

/**
 * Is told what walks do, and what comes of it, to draw them or to teach. Called on the simulation's own thread, in order; it must not keep the
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

    /** The VMM's software begins a walk of its own, whose references and end follow. */
    default void softwareWalk(Walk walk) {}

    /** The guest is left for its VMM, for this cause. */
    default void exit(String cause) {}

    /** The VMM does something else, which is told in words. */
    default void step(String what) {}

    /** The guest's kernel is given a fault to deal with. */
    default void guestFault(Fault fault) {}
}
