package org.memvirt.runner.trace;

import java.io.IOException;
import org.memvirt.api.access.AccessBatch;

/** A trace up to a number of accesses. */
public final class LimitedSource implements Placed {
    private final TraceSource trace;
    private final long most;
    private final LeftOut leftOut;
    private volatile long given;

    public LimitedSource(TraceSource trace, long most, LeftOut leftOut) {
        this.trace = trace;
        this.most = most;
        this.leftOut = leftOut;
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
    public String place() {
        return trace.place();
    }

    @Override
    public double progress() {
        return Math.max(trace.progress(), (double) given / most);
    }

    @Override
    public void close() throws IOException {
        leftOut.addBad(trace.skipped(), trace.firstSkipped());
        trace.close();
    }
}
