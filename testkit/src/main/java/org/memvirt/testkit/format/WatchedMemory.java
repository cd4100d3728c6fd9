package org.memvirt.testkit.format;

import org.memvirt.api.table.TableMemory;

/** Memory in which each store is followed by a check, once there is one. */
final class WatchedMemory implements TableMemory {
    private final TableMemory memory;
    private Runnable check = () -> {};

    WatchedMemory(TableMemory memory) {
        this.memory = memory;
    }

    void checkAfterStores(Runnable newCheck) {
        check = newCheck;
    }

    @Override
    public long load(long address) {
        return memory.load(address);
    }

    @Override
    public void store(long address, long value) {
        memory.store(address, value);
        check.run();
    }
}
