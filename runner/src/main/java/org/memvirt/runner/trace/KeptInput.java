package org.memvirt.runner.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;
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

    private final class Kept implements AccessSource {
        private int batch;
        private int from;

        @Override
        public boolean fill(AccessBatch target) throws IOException {
            target.clear();
            while (batch < batches.size()) {
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
                if (!target.isEmpty()) {
                    return true;
                }
            }
            if (failure != null) {
                throw failure;
            }
            return false;
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
}
