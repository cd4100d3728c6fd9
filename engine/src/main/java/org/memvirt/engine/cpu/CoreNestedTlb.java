package org.memvirt.engine.cpu;

import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.Walk;

/** The nested TLB of whichever core a vCPU runs on: what a strategy's port may keep for the vCPU's life. */
final class CoreNestedTlb implements NestedTlb {
    private NestedTlb target;

    CoreNestedTlb(NestedTlb target) {
        this.target = target;
    }

    void moveTo(NestedTlb newTarget) {
        target = newTarget;
    }

    @Override
    public boolean find(int context, Walk inner) {
        return target.find(context, inner);
    }

    @Override
    public void insert(int context, Walk inner) {
        target.insert(context, inner);
    }

    @Override
    public NestedTlb onCore() {
        return target;
    }
}
