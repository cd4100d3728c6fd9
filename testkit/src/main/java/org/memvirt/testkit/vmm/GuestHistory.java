package org.memvirt.testkit.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.engine.Machine;
import org.memvirt.testkit.machine.AssembledMachine;

/**
 * What one guest and its host do by chance: the guest reads what it wrote and takes the faults that it would take alone, and
 * after every step the VMM's own laws hold. Shorter than what {@code VirtualizationContract} asks, for tests of many
 * combinations of formats and options.
 */
public final class GuestHistory {
    private GuestHistory() {}

    /**
     * Draws what the caches, the tags and the kernel are, and plays.
     *
     * @param assembled with the format, the strategy and its options
     * @param steps of the guest, each of a few operations
     * @param hostActs whether the host changes the guest's memory at times
     */
    public static void play(AssembledMachine assembled, SplittableRandom random, int steps, boolean hostActs) {
        PageTableFormat format = assembled.config().format();
        int page = page(format, random);
        assembled
                .guestMemory(1L << 14 + page)
                .hostMemory(1L << 18 + page)
                .guestPages(page)
                .asidBits(random.nextBoolean() ? 0 : 4)
                .walkCache(random.nextBoolean() ? AssembledMachine.REFERENCE_WALK_CACHE : null)
                .stageTwoWalkCache(random.nextInt(3) == 0 ? AssembledMachine.REFERENCE_WALK_CACHE : null)
                .nestedTlb(random.nextBoolean() ? AssembledMachine.REFERENCE_NESTED_TLB : null);
        Machine machine = (random.nextBoolean() ? assembled : assembled.simulatedKernel()).boot();
        machine.watchTables();
        GuestScript guest = new GuestScript(machine, random, page, true);
        HostScript host = new HostScript(machine.backing(), random.split());
        for (int step = 0; step < steps; step++) {
            guest.play(1 + random.nextInt(4));
            if (hostActs && random.nextInt(3) == 0) {
                host.act();
            }
            assertThat(machine.virtualMachine().audit()).as("%s", guest).isEmpty();
        }
        assertThat(machine.audit()).isEmpty();
        guest.checkWalks();
    }

    /** The smallest page, or at times a larger one that is cleared soon. */
    private static int page(PageTableFormat format, SplittableRandom random) {
        int larger = format.pageShifts().get(Math.min(1, format.pageShifts().size() - 1));
        return larger <= 16 && random.nextInt(4) == 0 ? larger : format.pageShifts().getFirst();
    }
}
