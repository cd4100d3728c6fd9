package org.memvirt.testkit.vmm;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;

/** Accesses that lie in memory, as a source gives them. */
public final class BatchSource implements AccessSource {
    private final AccessBatch accesses;
    private int at;

    public BatchSource(AccessBatch accesses) {
        this.accesses = accesses;
    }

    @Override
    public boolean fill(AccessBatch batch) {
        batch.clear();
        while (at < accesses.length && !batch.isFull()) {
            batch.add(accesses.addresses[at], accesses.kinds[at]);
            at++;
        }
        return batch.length > 0;
    }

    @Override
    public double progress() {
        return (double) at / accesses.length;
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
