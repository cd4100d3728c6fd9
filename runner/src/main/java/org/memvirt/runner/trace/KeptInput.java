package org.memvirt.runner.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.engine.BatchesSource;
import org.memvirt.engine.Input;

/** An input that can be read only once, kept in memory (9 bytes an access) to be played again. */
public final class KeptInput implements Input {
    private final Input original;
    private final List<AccessBatch> batches = new ArrayList<>();
    private @Nullable IOException failure;
    private boolean read;

    public KeptInput(Input original) {
        this.original = original;
    }

    @Override
    public AccessSource open() throws IOException {
        if (!read) {
            read = true;
            keep();
        }
        return new Kept();
    }

    private void keep() throws IOException {
        try (AccessSource source = original.open()) {
            AccessBatch batch = new AccessBatch();
            while (source.fill(batch)) {
                batches.add(batch.copy());
            }
        } catch (IOException e) {
            if (batches.isEmpty()) {
                throw e;
            }
            failure = e; // Each player gets what came before, and then this.
        }
    }

    /** What was kept, and then what went wrong. */
    private final class Kept implements AccessSource {
        private final BatchesSource source = new BatchesSource(batches);

        @Override
        public boolean fill(AccessBatch target) throws IOException {
            boolean more = source.fill(target);
            if (!more && failure != null) {
                throw failure;
            }
            return more;
        }

        @Override
        public double progress() {
            return source.progress();
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
