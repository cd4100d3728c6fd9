package org.memvirt.vmm.nested;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.engine.Machine;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.memory.HostMemory;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.machine.AssembledMachine;

/** What second-stage tables take, as arithmetic has it. */
final class SplitPagesTest {
    private static final long GIB = 1L << 30;
    private static final long TABLE = 4096;
    private static final int TABLES_OF_A_GIB = 513;

    @Test
    void aGibibyteThatIsSplitForALogTakes513Tables() {
        long gibibytes = 96;
        Machine machine = new AssembledMachine(X86.format("x86-64"), new NestedVmm())
                .stageTwo(X86.format("ept").with(Map.of("ad", "on")))
                .guestMemory(gibibytes * GIB)
                .hostMemory(128 * GIB)
                .hostPages(30)
                .boot();
        touchAll(machine);
        long before = machine.vmmTableBytes();
        machine.backing().logged().split();
        assertThat(machine.vmmTableBytes() - before).isEqualTo(gibibytes * TABLES_OF_A_GIB * TABLE);
        machine.backing().logged().join();
        touchAll(machine);
        assertThat(machine.vmmTableBytes()).as("after the log").isEqualTo(before);
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void soDoesOneOfArmByBreakBeforeMake() {
        Machine machine = new AssembledMachine(Arm.format("aarch64-4k"), new NestedVmm())
                .stageTwo(Arm.format("aarch64-s2-4k"))
                .guestMemory(2 * GIB)
                .hostMemory(8 * GIB)
                .hostPages(30)
                .boot();
        touchAll(machine);
        long before = machine.vmmTableBytes();
        long invalidations = machine.host().counts().get(Count.HOST_INVALIDATIONS);
        machine.backing().logged().split();
        assertThat(machine.vmmTableBytes() - before).isEqualTo(2 * TABLES_OF_A_GIB * TABLE);
        assertThat(machine.host().counts().get(Count.HOST_INVALIDATIONS) - invalidations)
                .as("each page is removed, and no cache holds it, before it comes back in parts")
                .isEqualTo(2);
        assertThat(machine.audit()).isEmpty();
    }

    private static void touchAll(Machine machine) {
        for (long gpa = 0; gpa < machine.config().guestMemory(); gpa += GIB) {
            machine.vcpu().access().load(gpa);
        }
    }

    @Test
    void all256TebibytesInPagesOf1GTake513Tables() {
        PageTable table = table(X86.format("ept"));
        for (long gib = 0; gib < 1L << 18; gib++) {
            table.map(gib * GIB, gib % 64 * GIB, 30, Rights.ALL, 0);
        }
        assertThat(table.bytes()).isEqualTo(TABLES_OF_A_GIB * TABLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x86-64", "ept", "npt"})
    void theTablesOfADenseMappingTakeAFiveHundredthOfIt(String name) {
        PageTable table = table(X86.format(name));
        for (long at = 0; at < GIB; at += 4096) {
            table.map(at, at, 12, Rights.ALL, 0);
        }
        // One table of level 2 and 512 of level 1 a GiB; and those above, of which there is one each.
        long above = (X86.format(name).levels() - 2) * TABLE;
        assertThat((table.bytes() - above) / (double) GIB).isBetween(0.0019569, 0.0019570);
    }

    private static PageTable table(PageTableFormat format) {
        HostMemory host = new HostMemory(new PhysicalMemory(1L << 40), 0);
        return format.create(host.memory(), host.vmmTables());
    }
}
