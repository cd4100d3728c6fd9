package org.memvirt.engine;

import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;

/** An input that is in memory. */
public final class BatchesSource implements AccessSource {
    private final List<? extends AccessBatch> batches;
    private int batch;
    private int from;

    public BatchesSource(List<? extends AccessBatch> batches) {
        this.batches = batches;
    }

    @Override
    public boolean fill(AccessBatch target) {
        target.clear();
        while (target.isEmpty() && batch < batches.size()) {
            AccessBatch source = batches.get(batch);
            if (from == 0) {
                source.events().forEach(target::add);
            }
            int count = Math.min(target.capacity(), source.length - from);
            System.arraycopy(source.addresses, from, target.addresses, 0, count);
            System.arraycopy(source.kinds, from, target.kinds, 0, count);
            target.length = count;
            from += count;
            if (from == source.length) {
                batch++;
                from = 0;
            }
        }
        return !target.isEmpty();
    }

    @Override
    public double progress() {
        return batches.isEmpty() ? 1 : (double) batch / batches.size();
    }

    @Override
    public void close() {
        // Memory alone.
    }
}
