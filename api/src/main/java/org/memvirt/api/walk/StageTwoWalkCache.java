package org.memvirt.api.walk;

/**
 * What a port asks before it walks stage 2: a cache of the tables on the way, by the upper bits of the gPA (Intel's
 * guest-physical paging-structure caches, the stage-2 walk caches of Arm's cores). Called once for every walk of stage 2; must
 * not allocate. The engine provides it, or none.
 */
public interface StageTwoWalkCache {
    /**
     * Has {@code inner}, which was asked already, begin at the lowest table that is known for its gPA, and tells its trail what
     * was saved.
     *
     * @param context what the second-stage table is kept under
     */
    void resume(int context, Walk inner);

    /** Keeps the tables that the walk came to. */
    void learn(int context, Walk inner);
}
