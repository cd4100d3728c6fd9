package org.memvirt.engine.cpu;

import java.util.Objects;
import org.memvirt.api.walk.StageTwoWalkCache;
import org.memvirt.api.walk.Walk;

/** The second stage's walk cache of whichever core a vCPU runs on: what a strategy's port may keep for the vCPU's life. */
record CoreWalkCache(Vcpu vcpu) implements StageTwoWalkCache {
    private StageTwoWalkCache onCore() {
        return Objects.requireNonNull(vcpu.core().stageTwoTables());
    }

    @Override
    public void resume(int context, Walk inner) {
        onCore().resume(context, inner);
    }

    @Override
    public void learn(int context, Walk inner) {
        onCore().learn(context, inner);
    }
}
