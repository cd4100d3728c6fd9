package org.memvirt.engine.cpu;

import org.memvirt.api.walk.StageTwoWalkCache;
import org.memvirt.api.walk.Walk;

/** The second stage's walk cache of whichever core a vCPU runs on: what a strategy's port may keep for the vCPU's life. */
final class CoreWalkCache implements StageTwoWalkCache {
    private StageTwoWalkCache target;

    CoreWalkCache(StageTwoWalkCache target) {
        this.target = target;
    }

    void moveTo(StageTwoWalkCache newTarget) {
        target = newTarget;
    }

    @Override
    public void resume(int context, Walk inner) {
        target.resume(context, inner);
    }

    @Override
    public void learn(int context, Walk inner) {
        target.learn(context, inner);
    }
}
