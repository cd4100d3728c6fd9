package org.memvirt.vmm.partition;

import org.junit.jupiter.api.Nested;
import org.memvirt.testkit.YardstickContract;
import org.memvirt.testkit.machine.AssembledMachine;

/** Native and static machines count what the yardstick counts natively. */
final class PartitionYardstickTest {
    @Nested
    final class Native extends YardstickContract {
        @Override
        protected AssembledMachine machine() {
            return new AssembledMachine(X86.format("x86-64"), new NativeMachine());
        }

        @Override
        protected boolean nested() {
            return false;
        }
    }

    @Nested
    final class Static extends YardstickContract {
        @Override
        protected AssembledMachine machine() {
            return new AssembledMachine(X86.format("x86-64"), new StaticVmm());
        }

        @Override
        protected boolean nested() {
            return false;
        }
    }
}
