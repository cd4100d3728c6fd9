package org.memvirt.api.walk;

/**
 * What a port asks before it walks stage 2: a cache from gPA to hPA. Called once for every gPA that a walk meets; must not
 * allocate. The engine provides it, or none.
 */
public interface NestedTlb {
    /**
     * Looks {@code inner.inputAddress} up for {@code inner.access}. On a hit fills in the answer of the walk and tells its
     * trail what was saved.
     *
     * @param owner what the second-stage table's translations are kept under
     */
    boolean find(int owner, Walk inner);

    /** Keeps the answer of a stage-2 walk. */
    void insert(int owner, Walk inner);
}
