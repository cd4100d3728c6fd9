package org.memvirt.engine.memory;

/** Who is told what becomes of a guest's memory: a log of what the guest stores to. */
public interface HostWatcher {
    /** What the granule at {@code gpa} held has changed: a store to it was noticed, or it was discarded. */
    void stored(long gpa);

    /** The host is about to change something in a range; called before the VM is told. */
    void changing(long gpa, long bytes);
}
