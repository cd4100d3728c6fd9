package org.memvirt.vmm.partition;

import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.SeveralCpusContract;
import org.memvirt.testkit.machine.RefilledMmu;

/** Several VMs and CPUs whose TLBs the guests fill: what one leaves there is not another's. */
final class RefilledSeveralCpusTest extends SeveralCpusContract {
    @Override
    protected VmmProvider vmm() {
        return new StaticVmm();
    }

    @Override
    protected PageTableFormat format() {
        return PlainFormat.usual();
    }

    @Override
    protected ArchitectedTlb architectedTlb(int asidBits, int vmTagBits) {
        return new RefilledMmu(format(), 16, true, Rights.ALL, asidBits, vmTagBits);
    }
}
