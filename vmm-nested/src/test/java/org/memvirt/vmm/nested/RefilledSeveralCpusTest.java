package org.memvirt.vmm.nested;

import org.memvirt.testkit.RefilledSeveralCpusContract;

final class RefilledSeveralCpusTest extends RefilledSeveralCpusContract {
    RefilledSeveralCpusTest() {
        super(new NestedVmm());
    }
}
