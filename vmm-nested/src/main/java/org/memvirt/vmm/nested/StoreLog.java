package org.memvirt.vmm.nested;

import java.util.function.LongConsumer;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.VcpuServices;

/**
 * The buffer in which a vCPU's hardware notes what the guest stores to; an exit when there is no room for the next entry
 * (Intel SDM vol. 3, "Page-Modification Logging": 512 entries).
 */
final class StoreLog implements LongConsumer {
    private final long[] entries;
    private final LongConsumer log;
    private final VcpuServices services;
    private int used;

    StoreLog(int size, LongConsumer log, VcpuServices services) {
        entries = new long[size];
        this.log = log;
        this.services = services;
    }

    @Override
    public void accept(long gpa) {
        if (used == entries.length) {
            services.exit(ExitCause.LOG_FULL);
            drain();
        }
        entries[used++] = gpa;
    }

    /** The VMM takes what is noted. */
    void drain() {
        for (int i = 0; i < used; i++) {
            log.accept(entries[i]);
        }
        used = 0;
    }
}
