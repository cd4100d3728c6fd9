package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

/** The port of whichever core a vCPU runs on: what a strategy's own ports may keep for the vCPU's life. */
final class CorePort implements BatchPort {
    private WalkPort target;
    private @Nullable BatchPort batchTarget;

    CorePort(WalkPort target) {
        this.target = target;
        batchTarget = target instanceof BatchPort batching ? batching : null;
    }

    void moveTo(WalkPort newTarget) {
        target = newTarget;
        batchTarget = newTarget instanceof BatchPort batching ? batching : null;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        return target.readEntry(walk, level, address);
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return target.readEntryAt(walk, level, hostAddress);
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        return target.readWideEntry(walk, level, address, hostAddress, words);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return target.updateEntry(walk, level, address, hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        target.resolveLeaf(walk);
    }

    @Override
    public int readBatch(WalkBatch walks, int cell, long[] addresses, long[] words, int count) {
        return batchTarget == null ? 0 : batchTarget.readBatch(walks, cell, addresses, words, count);
    }

    @Override
    public int resolveBatch(WalkBatch walks, int count) {
        return batchTarget == null ? 0 : batchTarget.resolveBatch(walks, count);
    }
}
