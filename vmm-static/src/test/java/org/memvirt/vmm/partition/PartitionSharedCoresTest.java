package org.memvirt.vmm.partition;

import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.SharedCoresContract;

final class PartitionSharedCoresTest extends SharedCoresContract {
    @Override
    protected VmmProvider vmm() {
        return new StaticVmm();
    }

    @Override
    protected PageTableFormat format() {
        return X86.format("x86-64");
    }
}
