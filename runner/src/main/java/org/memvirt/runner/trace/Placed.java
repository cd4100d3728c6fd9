package org.memvirt.runner.trace;

import java.io.IOException;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;

/** A source that knows where in its file the last access that it gave stands. */
public interface Placed extends AccessSource {
    /** Such as {@code line 7}. */
    String place();

    /**
     * Reads a source up to one access and tells where that stands.
     *
     * @param access its number, from 0, among those that are counted
     * @param userEnd accesses from this address on are not counted; -1 counts all
     */
    static String of(Placed source, long access, long userEnd) throws IOException {
        AccessBatch many = new AccessBatch();
        AccessBatch one = new AccessBatch(1);
        long counted = 0;
        while (counted <= access) {
            AccessBatch batch = access - counted >= many.capacity() ? many : one;
            if (!source.fill(batch)) {
                break;
            }
            for (int i = 0; i < batch.length; i++) {
                counted += UserHalfSource.isInside(batch.addresses[i], userEnd) ? 1 : 0;
            }
        }
        return source.place();
    }
}
