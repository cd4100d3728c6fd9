package org.memvirt.vmm.nested;

import org.memvirt.testkit.YardstickContract;
import org.memvirt.testkit.machine.AssembledMachine;

/** Nested paging counts what the yardstick counts. */
final class NestedYardstickTest extends YardstickContract {
    @Override
    protected AssembledMachine machine() {
        return new AssembledMachine(X86.format("x86-64"), new NestedVmm()).stageTwo(X86.format("ept"));
    }

    @Override
    protected boolean nested() {
        return true;
    }
}
