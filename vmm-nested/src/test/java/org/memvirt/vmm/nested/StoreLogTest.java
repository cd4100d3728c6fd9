package org.memvirt.vmm.nested;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.engine.Machine;
import org.memvirt.engine.host.DirtyLog;
import org.memvirt.engine.host.DirtyLogKind;
import org.memvirt.testkit.machine.AssembledMachine;

/** The buffer in which hardware notes stores. */
final class StoreLogTest {
    @Test
    void aStoreThatFindsTheBufferFullCostsAnExit() {
        Machine machine = new AssembledMachine(X86.format("x86-64"), new NestedVmm())
                .stageTwo(X86.format("npt"))
                .boot();
        for (long page = 0; page < 20; page++) {
            machine.vcpu().access().store(gpa(page), 1);
        }
        DirtyLog log = DirtyLog.of(DirtyLogKind.PAGE_LOG, machine.backing(), 4);
        log.begin();
        long before = machine.counters().exits.count(ExitCause.LOG_FULL);
        for (long page = 0; page < 9; page++) {
            machine.vcpu().access().store(gpa(page), 2);
            machine.vcpu().access().store(gpa(page) + 8, 3);
        }
        assertThat(machine.counters().exits.count(ExitCause.LOG_FULL) - before).isEqualTo(2);
        BitSet stored = log.collect();
        assertThat(stored.cardinality()).isEqualTo(9);
        assertThat(stored.nextSetBit(0)).isEqualTo((int) (gpa(0) >>> 12));
        machine.vcpu().access().store(gpa(2), 4);
        assertThat(log.collect().stream()).containsExactly((int) (gpa(2) >>> 12));
        log.end();
        machine.vcpu().access().store(gpa(3), 5);
        assertThat(log.collect().isEmpty()).isTrue();
    }

    private static long gpa(long page) {
        return (8L << 20) + (page << 12);
    }
}
