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
     * @param context what the second-stage table's translations are kept under
     */
    boolean find(int context, Walk inner);

    /** Keeps the answer of a stage-2 walk. */
    void insert(int context, Walk inner);

    /** The cache that answers now, where this one stands for that of whichever core a vCPU runs on; else itself. */
    default NestedTlb onCore() {
        return this;
    }
}
