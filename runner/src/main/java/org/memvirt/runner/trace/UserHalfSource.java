package org.memvirt.runner.trace;

import java.io.IOException;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;

/**
 * A source without its accesses to addresses that a user program cannot have: those of the kernel's half, such as the
 * page of {@code vsyscall}, and those that the format does not translate.
 */
public final class UserHalfSource implements AccessSource {
    private final AccessSource source;
    private final long userEnd;
    private final LeftOut leftOut;

    /**
     * @param userEnd the address after the last that a program may have
     * @param leftOut is told how many were left out
     */
    public UserHalfSource(AccessSource source, long userEnd, LeftOut leftOut) {
        this.source = source;
        this.userEnd = userEnd;
        this.leftOut = leftOut;
        leftOut.clearOutside();
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        while (source.fill(batch)) {
            keepInside(batch);
            if (!batch.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private void keepInside(AccessBatch batch) {
        int kept = 0;
        for (int i = 0; i < batch.length; i++) {
            if (isInside(batch.addresses[i], userEnd)) {
                batch.addresses[kept] = batch.addresses[i];
                batch.kinds[kept++] = batch.kinds[i];
            } else {
                leftOut.addOutside(batch.addresses[i], batch.kinds[i]);
            }
        }
        batch.length = kept;
    }

    static boolean isInside(long address, long userEnd) {
        return Long.compareUnsigned(address, userEnd) < 0;
    }

    @Override
    public double progress() {
        return source.progress();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
