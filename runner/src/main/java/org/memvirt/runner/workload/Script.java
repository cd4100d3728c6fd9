package org.memvirt.runner.workload;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;

/** Gives a number of accesses with events between them; a subclass says which, a batch at a time. */
abstract class Script implements AccessSource {
    private final long accesses;
    private volatile long given;

    Script(long accesses) {
        this.accesses = accesses;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread fills; another may ask for the progress.
    public final boolean fill(AccessBatch batch) {
        batch.clear();
        if (given == accesses) {
            return false;
        }
        generate(batch, (int) Math.min(batch.capacity(), accesses - given));
        given += batch.length;
        return true;
    }

    /** Adds the next events, and then one access or more, but no more than {@code most}. */
    abstract void generate(AccessBatch batch, int most);

    @Override
    public final double progress() {
        return accesses == 0 ? 1 : (double) given / accesses;
    }

    @Override
    public final void close() {}
}
