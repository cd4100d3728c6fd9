package org.memvirt.runner.workload;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;

/** Gives a number of accesses; a subclass says which, a batch at a time. */
abstract class Generator implements AccessSource {
    private final long accesses;
    private volatile long given;

    Generator(long accesses) {
        this.accesses = accesses;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread fills; another may ask for the progress.
    public final boolean fill(AccessBatch batch) {
        int count = (int) Math.min(batch.capacity(), accesses - given);
        generate(batch.addresses, batch.kinds, count);
        batch.length = count;
        given += count;
        return count > 0;
    }

    /** Makes the next {@code count} accesses. */
    abstract void generate(long[] addresses, byte[] kinds, int count);

    @Override
    public final double progress() {
        return accesses == 0 ? 1 : (double) given / accesses;
    }

    @Override
    public final void close() {}
}
