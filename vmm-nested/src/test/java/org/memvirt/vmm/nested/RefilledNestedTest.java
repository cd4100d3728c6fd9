package org.memvirt.vmm.nested;

import org.junit.jupiter.api.Nested;
import org.memvirt.testkit.RefilledVirtualizationContract;

/** Nested paging where hardware knows two TLBs alone: the guest fills one, the VMM the other. */
final class RefilledNestedTest {
    @Nested
    final class WithEntriesOfOnePage extends RefilledVirtualizationContract {
        WithEntriesOfOnePage() {
            super(new NestedVmm(), false);
        }
    }

    @Nested
    final class WithPairs extends RefilledVirtualizationContract {
        WithPairs() {
            super(new NestedVmm(), true);
        }
    }
}
