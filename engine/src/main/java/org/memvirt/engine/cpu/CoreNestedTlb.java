package org.memvirt.engine.cpu;

import java.util.Objects;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.Walk;

/** The nested TLB of whichever core a vCPU runs on: what a strategy's port may keep for the vCPU's life. */
record CoreNestedTlb(Vcpu vcpu) implements NestedTlb {
    @Override
    public boolean find(int context, Walk inner) {
        return onCore().find(context, inner);
    }

    @Override
    public void insert(int context, Walk inner) {
        onCore().insert(context, inner);
    }

    @Override
    public NestedTlb onCore() {
        return Objects.requireNonNull(vcpu.core().nested());
    }
}
