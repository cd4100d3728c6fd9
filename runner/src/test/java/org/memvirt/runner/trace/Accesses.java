package org.memvirt.runner.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;

/** Sources as lists of {@code kind address}, for tests. */
final class Accesses {
    private Accesses() {}

    /** All accesses, read in batches of the given capacity. */
    static List<String> of(AccessSource source, int capacity) throws IOException {
        List<String> accesses = new ArrayList<>();
        drain(source, capacity, accesses);
        return accesses;
    }

    /** Appends what the source gives before it ends or fails. */
    static void drain(AccessSource source, int capacity, List<String> into) throws IOException {
        AccessBatch batch = new AccessBatch(capacity);
        while (source.fill(batch)) {
            for (int i = 0; i < batch.length; i++) {
                into.add(batch.kinds[i] + " " + Long.toHexString(batch.addresses[i]));
            }
        }
    }

    /** A source of fixed accesses. */
    static AccessSource source(long[] addresses, int[] kinds) {
        return new AccessSource() {
            private int next;

            @Override
            public boolean fill(AccessBatch batch) {
                batch.clear();
                while (next < addresses.length && !batch.isFull()) {
                    batch.add(addresses[next], kinds[next]);
                    next++;
                }
                return batch.length > 0;
            }

            @Override
            public void close() {}
        };
    }
}
