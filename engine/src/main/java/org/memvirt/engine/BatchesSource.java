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
            from += target.add(source, from, source.length);
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
