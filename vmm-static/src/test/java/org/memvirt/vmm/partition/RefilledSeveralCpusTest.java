package org.memvirt.vmm.partition;

import org.memvirt.testkit.RefilledSeveralCpusContract;

final class RefilledSeveralCpusTest extends RefilledSeveralCpusContract {
    RefilledSeveralCpusTest() {
        super(new StaticVmm());
    }
}
