package org.memvirt.vmm.shadow;

import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.SharedCoresContract;

final class ShadowSharedCoresTest extends SharedCoresContract {
    @Override
    protected VmmProvider vmm() {
        return new ShadowVmm();
    }

    @Override
    protected PageTableFormat format() {
        return X86.format("x86-64");
    }
}
