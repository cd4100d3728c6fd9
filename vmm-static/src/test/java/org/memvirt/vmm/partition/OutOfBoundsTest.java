package org.memvirt.vmm.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.testkit.machine.AssembledMachine;

/** A guest of a partition that touches physical memory which it does not have: an exit, and the end of the VM or a machine check. */
final class OutOfBoundsTest {
    private static final long MEMORY = 16L << 20;
    private static final long INSIDE = 0x40_0000;
    private static final long OUTSIDE = 0x40_1000;

    private final List<Fault> told = new ArrayList<>();

    /** A guest with a page of its own and one beyond its memory. */
    private Machine machine(String outOfBounds) {
        Machine machine = new AssembledMachine(X86.format("x86-64"), new StaticVmm())
                .guestMemory(MEMORY)
                .options(Map.of("out-of-bounds", outOfBounds))
                .boot();
        Vcpu vcpu = machine.vcpu();
        TableMemory words = new TableMemory() {
            @Override
            public long load(long gpa) {
                return vcpu.access().load(gpa);
            }

            @Override
            public void store(long gpa, long value) {
                vcpu.access().store(gpa, value);
            }
        };
        TableFrames frames = new TableFrames() {
            private long next = MEMORY / 2;

            @Override
            public long allocate(long bytes) {
                next += bytes;
                return next - bytes;
            }

            @Override
            public void release(long address, long bytes) {
                // There are enough.
            }
        };
        PageTable table = X86.format("x86-64").create(words, frames);
        table.map(INSIDE, MEMORY - 4096, 12, Rights.ALL, 0);
        table.map(OUTSIDE, MEMORY, 12, Rights.ALL, 0);
        vcpu.handleFaultsWith((fault, address, needed) -> {
            told.add(fault);
            return false;
        });
        vcpu.loadRoot(table.root(), 1, true);
        machine.beginCounting();
        return machine;
    }

    @Test
    void theVmIsStopped() {
        Machine machine = machine("stop");
        assertThat(machine.vcpu().access().reach(INSIDE, Rights.USER_WRITE)).isNotEqualTo(Walk.NOWHERE);
        assertThatExceptionOfType(VmStopped.class)
                .isThrownBy(() -> machine.vcpu().access().reach(OUTSIDE, Rights.USER_READ))
                .withMessageContaining("0x1000000");
        assertThat(machine.counters().exits.count(ExitCause.OUT_OF_BOUNDS)).isEqualTo(1);
        assertThat(told).isEmpty();
    }

    @Test
    void theGuestTakesAMachineCheckAndGoesOn() {
        Machine machine = machine("machine-check");
        for (int time = 1; time <= 3; time++) {
            assertThat(machine.vcpu().access().reach(OUTSIDE, Rights.USER_READ)).isEqualTo(Walk.NOWHERE);
            assertThat(machine.counters().exits.count(ExitCause.OUT_OF_BOUNDS)).isEqualTo(time);
            assertThat(told).hasSize(time).containsOnly(Fault.OUT_OF_BOUNDS);
            assertThat(machine.vcpu().access().reach(INSIDE, Rights.USER_WRITE)).isNotEqualTo(Walk.NOWHERE);
        }
    }
}
