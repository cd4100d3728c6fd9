package org.memvirt.engine.cpu;

import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

/** The port of whichever core a vCPU runs on: what a strategy's own ports may keep for the vCPU's life. */
record CorePort(Vcpu vcpu) implements BatchPort {
    private WalkPort target() {
        return vcpu.core().hostPort();
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        return target().readEntry(walk, level, address);
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return target().readEntryAt(walk, level, hostAddress);
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        return target().readWideEntry(walk, level, address, hostAddress, words);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return target().updateEntry(walk, level, address, hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        target().resolveLeaf(walk);
    }

    @Override
    public int readBatch(WalkBatch walks, int cell, long[] addresses, long[] words, int count) {
        return target() instanceof BatchPort port ? port.readBatch(walks, cell, addresses, words, count) : 0;
    }

    @Override
    public int resolveBatch(WalkBatch walks, int count) {
        return target() instanceof BatchPort port ? port.resolveBatch(walks, count) : 0;
    }
}
