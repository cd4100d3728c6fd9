package org.memvirt.vmm.partition;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.SeveralCpusContract;

/** Several guests in partitions, and one guest with several CPUs on the bare machine. */
final class PartitionSeveralCpusTest {
    @Nested
    final class Static extends SeveralCpusContract {
        @Override
        protected VmmProvider vmm() {
            return new StaticVmm();
        }

        @Override
        protected PageTableFormat format() {
            return X86.format("x86-64");
        }
    }

    @Nested
    final class Native extends SeveralCpusContract {
        @Override
        protected VmmProvider vmm() {
            return new NativeMachine();
        }

        @Override
        protected PageTableFormat format() {
            return X86.format("x86-64");
        }
    }
}
