package org.memvirt.testkit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.option.Option;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.tlb.RandomPresets;
import org.memvirt.testkit.vmm.BareGuest;
import org.memvirt.testkit.vmm.BareHost;

/** The strategy that a contract tests, what the contract must know of it, and machines that run it. */
abstract class StrategyUnderTest {
    /** The strategy. */
    protected abstract VmmProvider vmm();

    /** The guest's page tables. */
    protected abstract PageTableFormat format();

    /** The second stage, or null for a strategy that has none. */
    protected @Nullable PageTableFormat stageTwo() {
        return null;
    }

    /** The MMU, if it knows the TLB alone; null for one that walks the guest's tables. */
    protected @Nullable ArchitectedTlb architectedTlb() {
        return null;
    }

    /** The MMU whose rules say what an invalidation removes; null for what is usual. */
    protected @Nullable ArchitectedPageTables rules() {
        return null;
    }

    /** Its TLBs, any of which may be drawn: of presets, or made for tests. */
    protected List<ArchitectedTlb> drawnFrom() {
        ArchitectedTlb only = architectedTlb();
        return only == null ? List.of() : List.of(only);
    }

    /** Whether the host may move memory behind its guest; else it is refused with UnsupportedOperationException. */
    protected boolean letsHostMoveMemory() {
        return true;
    }

    /**
     * Whether a root that the guest's kernel loads again, because it has changed a top table that hardware takes along, costs
     * the strategy what it had prepared: then no run is free of exits.
     */
    protected boolean losesMappingsAtRootLoads() {
        return false;
    }

    /** Whether the guest's page tables can forbid the execution of a page that may be read. */
    protected boolean formatForbidsExecution() {
        return true;
    }

    /** Offset bits of the guest's smallest page. */
    final int basePage() {
        return format().pageShifts().getFirst();
    }

    /** Offset bits of the guest's second smallest page, or of its only one. */
    final int largePage() {
        List<Integer> shifts = format().pageShifts();
        return shifts.get(Math.min(1, shifts.size() - 1));
    }

    final AssembledMachine assembled() {
        AssembledMachine assembled = new AssembledMachine(format(), vmm())
                .stageTwo(stageTwo())
                .rulesOf(rules())
                .guestMemory(1L << 14 + basePage())
                .hostMemory(1L << (architectedTlb() == null ? 20 : 19) + basePage());
        ArchitectedTlb software = architectedTlb();
        return software == null ? assembled : assembled.mmu(software);
    }

    /** Offset bits of the host's pieces: one of the two smallest sizes. */
    final int drawHostPages(SplittableRandom random) {
        PageTableFormat mapping = stageTwo();
        List<Integer> shifts = mapping == null ? List.of(12, 21) : mapping.pageShifts();
        return shifts.get(random.nextBoolean() ? 0 : Math.min(1, shifts.size() - 1));
    }

    /** A machine whose parts are drawn by chance. */
    final AssembledMachine drawMachine(SplittableRandom random, int guestPage) {
        int hostPages = drawHostPages(random);
        long seed = random.nextLong();
        AssembledMachine drawn = assembled()
                .guestPages(guestPage)
                .hostPages(hostPages)
                .seed(seed)
                .options(drawOptions(random));
        List<ArchitectedTlb> software = drawnFrom();
        if (!software.isEmpty()) {
            drawn.mmu(software.get(random.nextInt(software.size())));
            return random.nextBoolean() ? drawn.simulatedKernel() : drawn;
        }
        drawn.asidBits(random.nextInt(3) * 6);
        if (random.nextBoolean()) {
            drawn.simulatedKernel();
        }
        if (random.nextBoolean()) {
            drawn.walkCache(
                    seed % 3 == 0 ? entryCache(new SplittableRandom(seed)) : AssembledMachine.REFERENCE_WALK_CACHE);
        }
        if (random.nextBoolean()) {
            drawn.nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB);
        }
        if (stageTwo() != null && random.nextInt(3) == 0) {
            drawn.stageTwoWalkCache(AssembledMachine.REFERENCE_WALK_CACHE);
        }
        if (random.nextBoolean()) {
            drawn.tlb(RandomPresets.draw(random, TlbPreset.Replacement.RANDOM));
        }
        return drawn;
    }

    /** One of table entries by their place in memory. */
    static WalkCachePreset entryCache(SplittableRandom random) {
        WalkCachePreset.Array entries = new WalkCachePreset.Array(0, 1 + random.nextInt(3), 1 + random.nextInt(24));
        return new WalkCachePreset("entries", "entries", "drawn", WalkCachePreset.Kind.ENTRY, List.of(entries));
    }

    private Map<String, String> drawOptions(SplittableRandom random) {
        Map<String, String> options = new HashMap<>();
        for (Option option : vmm().options()) {
            if (option.kind() == Option.Kind.SWITCH && random.nextBoolean()) {
                options.put(option.name(), random.nextBoolean() ? "on" : "off");
            }
        }
        return options;
    }

    final BareHost bareHost() {
        return new BareHost(vmm(), format(), stageTwo(), architectedTlb());
    }

    final BareGuest onlyGuest() {
        return bareHost().guest();
    }
}
