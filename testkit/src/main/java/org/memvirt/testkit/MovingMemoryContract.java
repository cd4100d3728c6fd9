package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.Vm;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.host.DirtyLogKind;
import org.memvirt.engine.host.HostPolicy;
import org.memvirt.engine.host.Reclaim;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.GuestScript;
import org.memvirt.testkit.vmm.HostScript;

/**
 * What a strategy owes a host that changes what lies behind its guests: that logs their stores, moves a guest to another host
 * while it runs, has less memory than its guests, or makes large pieces of it as it can.
 */
public abstract class MovingMemoryContract extends MigrationContract {
    private static final long VMM_IMAGE = 2L << 20;

    private int granuleShift() {
        return stageTwo() == null ? 12 : stageTwo().pageShifts().getFirst();
    }

    /** The second stage's page that is one level up; without a second stage 2 MiB. */
    private int largeShift() {
        int above = 2 * granuleShift() - 3;
        return stageTwo() == null || stageTwo().pageShifts().contains(above)
                ? above
                : stageTwo().pageShifts().get(1);
    }

    private AssembledMachine small(AssembledMachine machine, boolean transparent) {
        long granules = VMM_IMAGE + (320L << granuleShift());
        long large = VMM_IMAGE + (12L << largeShift());
        return machine.hostPages(transparent ? largeShift() : granuleShift())
                .hostMemory(transparent ? large : granules);
    }

    private static HostPolicy draw(SplittableRandom random) {
        Set<Reclaim> reclaims = EnumSet.of(Reclaim.SWAP);
        for (Reclaim reclaim : Reclaim.values()) {
            if (random.nextBoolean()) {
                reclaims.add(reclaim);
            }
        }
        return HostPolicy.NONE.withTransparent(random.nextInt(3) == 0).withReclaims(reclaims).withEvery(200);
    }

    @Test
    void theGuestCannotTellThatItsHostIsShortOfMemory() {
        if (!letsHostMoveMemory()) {
            return;
        }
        TreeMap<String, Long> happened = new TreeMap<>();
        Seeds.rounds(14, random -> {
            HostPolicy policy = draw(random);
            Machine machine = new Machine(small(drawMachine(random, basePage()), policy.transparent())
                    .config()
                    .withHostPolicy(policy));
            machine.watchTables();
            GuestScript guest = new GuestScript(machine, random, basePage(), formatForbidsExecution());
            HostScript host = new HostScript(machine.backing(), random.split());
            for (int step = 0; step < 150; step++) {
                guest.play(random.nextInt(5));
                switch (random.nextInt(4)) {
                    case 0 -> machine.hostManager().advance(policy.every());
                    case 1 -> machine.hostManager().compact(21);
                    default -> host.disturb();
                }
            }
            assertThat(machine.audit()).isEmpty();
            guest.checkWalks();
            Counts counts = machine.host().counts();
            happened.merge("swapped out", counts.get(Count.SWAPPED_OUT), Long::sum);
            happened.merge("swapped in", counts.get(Count.SWAPPED_IN), Long::sum);
            happened.merge("merged", counts.get(Count.MERGED), Long::sum);
            happened.merge("copied", counts.get(Count.COPIED), Long::sum);
            happened.merge("moved", counts.get(Count.MOVED), Long::sum);
        });
        assertThat(happened.values()).as("%s", happened).allMatch(times -> times > 0);
    }

    @Test
    void noPageIsLostOrMixedUpWhenThereAreMoreThanTheHostHas() {
        if (!letsHostMoveMemory()) {
            return;
        }
        Seeds.rounds(4, random -> {
            boolean transparent = largeShift() == 21 && random.nextBoolean();
            HostPolicy policy = HostPolicy.NONE
                    .withTransparent(transparent)
                    .withReclaims(EnumSet.of(Reclaim.SWAP, random.nextBoolean() ? Reclaim.MERGE : Reclaim.BALLOON))
                    .withEvery(500)
                    .withContents(random.nextInt(20))
                    .withChecks(true);
            Machine machine = new Machine(
                    small(drawMachine(random, basePage()), transparent).config().withHostPolicy(policy));
            long bytes = Math.min(machine.config().hostMemory() - VMM_IMAGE, machine.config().guestMemory() / 2);
            long start = 1L << Math.max(22, basePage());
            machine.kernel().allow(machine.kernel().current(), start, bytes, Rights.USER);
            machine.beginCounting();
            for (int round = 0; round < 10; round++) {
                machine.execute(anywhere(random, start, bytes));
            }
            assertThat(machine.audit()).isEmpty();
            Counts counts = machine.host().counts();
            if (policy.reclaims().contains(Reclaim.MERGE)) {
                assertThat(counts.get(Count.MERGED)).isPositive();
            } else {
                assertThat(counts.get(Count.SWAPPED_IN)).isPositive();
            }
        });
    }

    private static AccessBatch anywhere(SplittableRandom random, long start, long bytes) {
        AccessBatch batch = new AccessBatch(300);
        while (!batch.isFull()) {
            int kind = random.nextInt(3) == 0 ? Rights.USER_WRITE : Rights.USER_READ;
            batch.add(start + (random.nextLong(bytes) & -8), kind);
        }
        return batch;
    }

    @Test
    void aVmThatEndsIsNoConcernOfItsHostAnyMore() {
        if (!letsHostMoveMemory()) {
            return;
        }
        HostPolicy policy = HostPolicy.NONE.withReclaims(EnumSet.allOf(Reclaim.class))
                .withDirtyLog(DirtyLogKind.WRITE_PROTECT)
                .withEvery(100)
                .withChecks(true);
        Machine machine = new Machine(assembled().shape(new MachineShape(1, 3, 1)).config().withHostPolicy(policy));
        machine.beginCounting();
        SplittableRandom random = Seeds.random();
        while (machine.vms().size() > 1) {
            for (Vm vm : machine.vms()) {
                machine.place(vm.vcpus().getFirst(), machine.cores().getFirst());
                vm.players().getFirst().execute(anywhere(random, 1L << Math.max(22, basePage()), 50L << basePage()));
                machine.hostManager().operations().swap(10L << granuleShift());
                machine.hostManager().advance(policy.every());
            }
            machine.hostManager().operations().balloon(machine.vms().getLast().backing(), 20L << granuleShift());
            machine.destroy(machine.vms().getLast());
            machine.hostManager().operations().merge();
            machine.hostManager().advance(policy.every());
            assertThat(machine.audit()).isEmpty();
            assertThat(machine.hostManager().balloonBytes()).isZero();
        }
        assertThat(machine.host().counts().get(Count.SWAPPED_OUT)).isPositive();
    }

    @Test
    void aPageThatIsMixedUpIsFound() {
        if (!letsHostMoveMemory() || architectedTlb() != null) {
            return;
        }
        HostPolicy policy = HostPolicy.NONE.withReclaims(EnumSet.of(Reclaim.SWAP)).withChecks(true);
        Machine machine = new Machine(assembled().config().withHostPolicy(policy));
        long start = 1L << Math.max(22, basePage());
        machine.kernel().allow(machine.kernel().current(), start, 1L << basePage(), Rights.USER);
        AccessBatch batch = new AccessBatch(2);
        batch.add(start, Rights.USER_WRITE);
        machine.execute(batch);
        assertThat(machine.audit()).isEmpty();
        machine.store(start, -1);
        batch.clear();
        batch.add(start, Rights.USER_READ);
        machine.execute(batch);
        // The id of the first store of VM 1.
        assertThat(machine.audit())
                .anyMatch(
                        message -> message.contains("holds content -1 where %d was stored".formatted((1L << 48) + 1)));
    }

    @Test
    void aStrategyThatCannotRefuses() {
        if (letsHostMoveMemory()) {
            return;
        }
        for (Reclaim reclaim : Reclaim.values()) {
            HostPolicy policy = HostPolicy.NONE.withReclaims(Set.of(reclaim));
            assertThatExceptionOfType(VmRefused.class)
                    .isThrownBy(() -> new Machine(assembled().config().withHostPolicy(policy)))
                    .withMessageContaining(vmm().name());
        }
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(
                        () -> new Machine(assembled().config().withHostPolicy(HostPolicy.NONE.withTransparent(true))));
    }

    @Test
    void largePiecesAreDissolvedUnderPressureAndMadeAgain() {
        if (!letsHostMoveMemory() || stageTwo() == null || largeShift() != 21 || architectedTlb() != null) {
            return;
        }
        HostPolicy policy = HostPolicy.NONE.withTransparent(true).withReclaims(Set.of(Reclaim.SWAP)).withEvery(1);
        Machine machine = new Machine(assembled()
                .guestMemory(64L << 20)
                .hostPages(21)
                .hostMemory(VMM_IMAGE + (24L << 20))
                .config()
                .withHostPolicy(policy));
        machine.watchTables();
        Counts counts = machine.host().counts();
        for (long gpa = 4L << 20; gpa < 40L << 20; gpa += 4096) {
            machine.vcpu().access().store(gpa, gpa);
        }
        assertThat(counts.get(Count.DISSOLVED)).as("large pieces of which a part was taken").isPositive();
        assertThat(counts.get(Count.SWAPPED_OUT)).isGreaterThan(12L << 8);
        // There is no room for large pieces: these come back by granules.
        for (long gpa = 4L << 20; gpa < 12L << 20; gpa += 2L << 20) {
            assertThat(machine.vcpu().access().load(gpa)).isEqualTo(gpa);
        }
        // The guest has no use for most of it any more.
        for (long gpa = 12L << 20; gpa < 40L << 20; gpa += 4096) {
            machine.backing().discard(gpa, 12);
        }
        for (long gpa = 4L << 20; gpa < 12L << 20; gpa += 4096) {
            assertThat(machine.vcpu().access().load(gpa)).isEqualTo(gpa);
        }
        int before = largePages(machine);
        machine.hostManager().advance(1);
        for (long gpa = 4L << 20; gpa < 12L << 20; gpa += 4096) {
            assertThat(machine.vcpu().access().load(gpa)).isEqualTo(gpa);
        }
        assertThat(largePages(machine)).as("large pieces, of which there were %d", before).isEqualTo(4);
        assertThat(counts.get(Count.COLLAPSED)).isPositive();
        assertThat(machine.audit()).isEmpty();
    }

    private static int largePages(Machine machine) {
        int pages = 0;
        for (long gpa = 4L << 20; gpa < 12L << 20; gpa += 2L << 20) {
            pages += machine.backing().contiguousShift(gpa) >= 21 ? 1 : 0;
        }
        return pages;
    }
}
