package org.memvirt.api.workload;

import java.io.IOException;
import org.memvirt.api.access.AccessBatch;

/** A stream of accesses, read once from beginning to end. */
public interface AccessSource extends AutoCloseable {
    /**
     * Clears the batch and fills it with the accesses that come next, up to an event; events may come without accesses.
     *
     * @return false when there are no more; then the batch is empty
     * @throws BadTrace when the input is broken; the accesses before the place have all been given
     * @throws IOException when it cannot be read
     */
    boolean fill(AccessBatch batch) throws IOException;

    /** How far into its input the stream is, from 0 to 1, or a negative number when nobody knows. */
    default double progress() {
        return -1;
    }

    @Override
    void close() throws IOException;
}
