package org.memvirt.vmm.nested;

import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.SharedCoresContract;

final class NestedSharedCoresTest extends SharedCoresContract {
    @Override
    protected VmmProvider vmm() {
        return new NestedVmm();
    }

    @Override
    protected PageTableFormat format() {
        return X86.format("x86-64");
    }

    @Override
    protected PageTableFormat stageTwo() {
        return X86.format("ept");
    }
}
