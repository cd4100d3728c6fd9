package org.memvirt.runner.trace;

import java.io.IOException;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;

/** A trace up to a number of accesses. */
public final class LimitedSource implements AccessSource {
    private final TraceSource trace;
    private final long most;
    private final SkipReport skips;
    private volatile long given;

    public LimitedSource(TraceSource trace, long most, SkipReport skips) {
        this.trace = trace;
        this.most = most;
        this.skips = skips;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread fills; another may ask for the progress.
    public boolean fill(AccessBatch batch) throws IOException {
        if (given >= most || !trace.fill(batch)) {
            batch.clear();
            return false;
        }
        batch.length = (int) Math.min(batch.length, most - given);
        given += batch.length;
        return true;
    }

    @Override
    public double progress() {
        return Math.max(trace.progress(), (double) given / most);
    }

    @Override
    public void close() throws IOException {
        String first = trace.firstSkipped();
        if (first != null) {
            skips.skipped(trace.skipped(), first);
        }
        trace.close();
    }
}
