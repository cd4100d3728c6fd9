package org.memvirt.vmm.nested;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.vmm.BatchSource;

/** What a machine under nested paging loses at exits, faults and its guest's own invalidations. */
final class NestedInvalidationTest {
    private static final long BASE = 4L << 30;
    private static final long LARGE = 1L << 21;

    private static AssembledMachine machine() {
        return new AssembledMachine(X86.format("x86-64"), new NestedVmm())
                .stageTwo(X86.format("ept"))
                .guestMemory(256L << 20)
                .hostMemory(1L << 30);
    }

    private static boolean isCached(Machine machine, long address) {
        return machine.vcpu().probe(address, Rights.USER_READ, Walk.outer());
    }

    private static void touch(Machine machine, long... addresses) {
        AccessBatch batch = new AccessBatch(addresses.length);
        for (long address : addresses) {
            batch.add(address, Rights.USER_READ);
        }
        machine.execute(batch);
    }

    /** A page of 2 MiB on pages of 4 KiB is cached in pieces, and INVLPG of any of its addresses removes every one. */
    @ParameterizedTest
    @ValueSource(longs = {0, 0x1000, 0x7_7123, LARGE - 1})
    void anInvalidationOfOneAddressRemovesEveryPieceOfItsPage(long offset) {
        Machine machine = machine().guestPages(21).hostPages(12).boot();
        long[] pieces = {BASE, BASE + 0x1000, BASE + 0x7_7000, BASE + LARGE - 0x1000};
        touch(machine, pieces);
        touch(machine, BASE + LARGE);
        Walk answer = Walk.outer();
        assertThat(machine.vcpu().probe(BASE, Rights.USER_READ, answer)).isTrue();
        assertThat(answer.pageShift).as("kept as a piece").isEqualTo(12);
        assertThat(isCached(machine, BASE + 0x2000)).as("a piece that nobody touched").isFalse();
        Vcpu vcpu = machine.vcpu();
        vcpu.invalidate(Invalidation.page(BASE + offset & -4096, 12), vcpu.asid());
        for (long piece : pieces) {
            assertThat(isCached(machine, piece)).as("piece at %#x", piece).isFalse();
        }
        assertThat(isCached(machine, BASE + LARGE)).as("the page beside it").isTrue();
    }

    @Test
    void anInvalidationInOneAddressSpaceLeavesTheOthersPieces() {
        Machine machine = machine().guestPages(21).hostPages(12).asidBits(6).boot();
        touch(machine, BASE, BASE + 0x1000);
        Vcpu vcpu = machine.vcpu();
        vcpu.invalidate(Invalidation.page(BASE, 12), vcpu.asid() + 1);
        assertThat(isCached(machine, BASE)).isTrue();
        assertThat(isCached(machine, BASE + 0x1000)).isTrue();
        vcpu.invalidateSpaces();
        assertThat(isCached(machine, BASE)).isFalse();
    }

    private static SimulationResult run(Machine machine, AccessBatch batch) throws Exception {
        return new Simulation(machine, new RunPlan(1, false)).run(() -> new BatchSource(batch));
    }

    /** SDM: VM entries and exits without VPID remove linear and combined mappings, and no guest-physical one. */
    @ParameterizedTest
    @CsvSource({"on, 100", "off, 0"})
    void anExitWithoutATagKeepsTheNestedTlb(String vmTags, int kept) throws Exception {
        Machine machine = machine()
                .options(Map.of("vm-tags", vmTags))
                .nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB)
                .boot();
        AccessBatch batch = new AccessBatch(200);
        for (int i = 0; i < 100; i++) {
            batch.add(BASE, Rights.USER_READ);
            batch.add(BASE + LARGE + i * 4096L, Rights.USER_READ);
        }
        SimulationResult result = run(machine, batch);
        // Each new page exits once; the first page hits afterwards only under a tag.
        assertThat(result.walks()).isEqualTo(kept == 100 ? 101 : 200);
        // A walk looks up five gPAs. Only what was never seen is walked: 101 pages, 4 tables and few evictions.
        assertThat(result.nestedTlb().misses()).isLessThan(250);
    }

    /** SDM: a page fault removes the entries of paging-structure caches that led to it. */
    @Test
    void aWalkAfterAPageFaultBeginsAtTheRoot() throws Exception {
        // With accessed and dirty flags EPT asks for the right to write at once, so that setting flags costs nothing more.
        Machine machine = machine()
                .stageTwo(X86.format("ept").with(Map.of("ad", "on")))
                .walkCache(AssembledMachine.REFERENCE_WALK_CACHE)
                .boot();
        touch(machine, BASE);
        AccessBatch batch = new AccessBatch(3);
        // Walks from the root; faults, so that the walk which then succeeds does so too; goes on at the last table.
        batch.add(BASE, Rights.USER_READ);
        batch.add(BASE + 0x1000, Rights.USER_READ);
        batch.add(BASE, Rights.USER_WRITE);
        SimulationResult result = run(machine, batch);
        assertThat(result.walks()).isEqualTo(3);
        assertThat(result.walkReferences().total()).isEqualTo(24 + 24 + 5);
    }
}
