package org.memvirt.testkit;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.machine.RefilledMmu;

/** Several VMs and CPUs whose TLBs the guests fill: what one leaves there is not another's. */
public abstract class RefilledSeveralCpusContract extends SeveralCpusContract {
    private final VmmProvider vmm;

    protected RefilledSeveralCpusContract(VmmProvider vmm) {
        this.vmm = vmm;
    }

    @Override
    protected final VmmProvider vmm() {
        return vmm;
    }

    @Override
    protected final PageTableFormat format() {
        return PlainFormat.usual();
    }

    @Override
    protected final @Nullable PageTableFormat stageTwo() {
        return vmm.usesStageTwo() ? format() : null;
    }

    @Override
    protected final ArchitectedTlb architectedTlb(int asidBits, int vmTagBits) {
        return new RefilledMmu(format(), 16, true, Rights.ALL, asidBits, vmTagBits);
    }
}
