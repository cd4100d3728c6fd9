package org.memvirt.vmm.nested;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.engine.Machine;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.count.Count;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.vmm.BatchSource;

/** What nested paging costs: references by page size, exits on demand, flushes without tags. */
final class TwoDimensionalWalkTest {
    private static final long GIB = 1L << 30;

    private static AssembledMachine machine() {
        return new AssembledMachine(X86.format("x86-64"), new NestedVmm()).stageTwo(X86.format("ept"));
    }

    private static AccessBatch pages(int count, int shift) {
        AccessBatch batch = new AccessBatch(count);
        for (long page = 0; page < count; page++) {
            batch.add(4 * GIB + (page << shift), Rights.USER_WRITE);
        }
        return batch;
    }

    private static SimulationResult run(Machine machine, AccessBatch accesses, boolean prefault) throws Exception {
        return new Simulation(machine, new RunPlan(1, prefault)).run(() -> new BatchSource(accesses));
    }

    @ParameterizedTest(name = "{0} on {1}: {2} references")
    @CsvSource({"12,12,24", "21,21,15", "21,12,19", "12,21,19", "30,30,8", "30,12,14", "12,30,14", "30,21,11",
        "21,30,11"
    })
    void aWalkMakesTheReferencesOfItsPageSizes(int guest, int host, int references) throws Exception {
        Machine machine = machine()
                .guestMemory(6 * GIB)
                .hostMemory(16 * GIB)
                .guestPages(guest)
                .hostPages(host)
                .boot();
        int count = guest == 30 ? 3 : 20;
        SimulationResult result = run(machine, pages(count, guest), true);
        assertThat(result.walks()).isEqualTo(count);
        assertThat(result.walkReferences().total()).isEqualTo((long) count * references);
        assertThat(result.walkReferences().perWalk()).isEqualTo(references);
        assertThat(result.walkReferences().max()).isEqualTo(references);
        assertThat(result.pageSizes()).containsOnlyKeys(size(guest) + "/" + size(host));
        long inMatrix = result.walkReferences().matrix().stream()
                .flatMap(List::stream)
                .mapToLong(Long::longValue)
                .sum();
        assertThat(inMatrix).isEqualTo(result.walkReferences().total());
        assertThat(machine.audit()).isEmpty();
    }

    private static String size(int shift) {
        return org.memvirt.api.option.Sizes.ofPage(shift);
    }

    @Test
    void theReferencesComeInTheOrderOfTheManuals() {
        Machine machine = machine().boot();
        List<String> cells = new ArrayList<>();
        machine.single().translate(4 * GIB, Rights.USER_READ, new WalkObserver() {
            @Override
            public void reference(int guestLevel, int hostLevel, long address, long entry) {
                cells.add(guestLevel + "," + hostLevel);
            }
        });
        List<String> expected = new ArrayList<>();
        for (int guest = 4; guest >= 0; guest--) {
            for (int host = 4; host >= 1; host--) {
                expected.add(guest + "," + host);
            }
            if (guest > 0) {
                expected.add(guest + ",0");
            }
        }
        assertThat(cells).hasSize(24).isEqualTo(expected);
    }

    @Test
    void eachPageThatStageTwoLacksIsOneExit() throws Exception {
        SimulationResult result = run(machine().boot(), pages(50, 12), false);
        assertThat(result.get(Count.GUEST_FAULTS)).isEqualTo(50);
        assertThat(result.get(Count.INJECTED_FAULTS)).isZero();
        assertThat(result.get(Count.HIDDEN_FAULTS)).isZero();
        // 50 data pages, and the tables that lead to them: one each at levels 3, 2 and 1.
        assertThat(result.get(Count.STAGE_TWO_FAULTS)).isEqualTo(53);
        assertThat(result.exits().byCause()).isEqualTo(Map.of("stage2-fault", 53L));
        assertThat(result.exits().total()).isEqualTo(53);
    }

    @Test
    void aSecondVisitMeetsNoExit() throws Exception {
        Machine machine = machine().boot();
        run(machine, pages(50, 12), false);
        SimulationResult result = run(machine, pages(50, 12), false);
        assertThat(result.exits().total()).isZero();
        assertThat(result.walks()).isEqualTo(50);
    }

    @Test
    void withoutTagsEveryEntryToTheGuestFlushes() throws Exception {
        AccessBatch accesses = new AccessBatch(200);
        for (int i = 0; i < 100; i++) {
            // An old friend, and a page that nobody has seen: its exits cost the friend.
            accesses.add(4 * GIB, Rights.USER_READ);
            accesses.add(5 * GIB + i * 4096L, Rights.USER_READ);
        }
        SimulationResult tagged = run(machine().boot(), accesses, false);
        SimulationResult flushed = run(machine().options(Map.of("vm-tags", "off")).boot(), accesses, false);
        assertThat(tagged.walks()).isEqualTo(101);
        assertThat(flushed.walks()).isEqualTo(200);
        assertThat(flushed.exits()).isEqualTo(tagged.exits());
    }

    @Test
    void stageTwoTablesAreCountedAsTheVmms() throws Exception {
        Machine machine = machine().boot();
        SimulationResult before = new Simulation(machine, new RunPlan(1, false)).resultSoFar();
        SimulationResult after = run(machine, pages(2000, 12), false);
        assertThat(before.get(Count.VMM_TABLES)).isPositive();
        assertThat(after.get(Count.VMM_TABLES)).isGreaterThan(before.get(Count.VMM_TABLES));
        assertThat(after.get(Count.PEAK_VMM_TABLES)).isEqualTo(after.get(Count.VMM_TABLES));
    }

    @Test
    void aVmWithoutASecondStageIsRefused() {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> machine().stageTwo(null).boot())
                .withMessageContaining("--second-stage");
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> machine().stageTwo(X86.format("x86-64")).boot());
    }
}
