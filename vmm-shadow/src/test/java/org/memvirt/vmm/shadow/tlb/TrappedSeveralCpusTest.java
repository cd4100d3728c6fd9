package org.memvirt.vmm.shadow.tlb;

import org.memvirt.testkit.RefilledSeveralCpusContract;

final class TrappedSeveralCpusTest extends RefilledSeveralCpusContract {
    TrappedSeveralCpusTest() {
        super(new Trapping(64));
    }
}
