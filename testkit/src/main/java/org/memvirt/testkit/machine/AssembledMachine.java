package org.memvirt.testkit.machine;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.option.Options;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Group;
import org.memvirt.api.tlb.TlbPreset.Replacement;
import org.memvirt.api.tlb.TlbProvider;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.CostModels;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineConfig;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.block.PresetTlb;
import org.memvirt.engine.guest.GuestPages;
import org.memvirt.engine.guest.GuestPolicy;
import org.memvirt.engine.host.HostPolicy;

/**
 * A small machine for tests: name the guest's format and the strategy, and change what matters to the test. Without more it
 * has 64 MiB for the guest, the smallest pages that the formats have, the TLBs of memvirt's yardstick, no walk cache, and a kernel whose work is free.
 */
public final class AssembledMachine {
    /** The yardstick's TLBs: 64 data and 128 code entries, 1536 behind them; LRU. */
    public static final TlbPreset REFERENCE_TLB = new TlbPreset(
            "reference",
            "64 data and 128 code entries, 1536 behind them",
            "by definition",
            List.of(
                    new Group("l1i", 1, false, true, List.of(array(16, 8))),
                    new Group("l1d", 1, true, false, List.of(array(16, 4))),
                    new Group("l2", 2, true, true, List.of(array(128, 12)))));

    /** The yardstick's walk cache: 32, 4 and 4 entries by prefix. */
    public static final WalkCachePreset REFERENCE_WALK_CACHE = new WalkCachePreset(
            "reference",
            "by prefix",
            "by definition",
            WalkCachePreset.Kind.PREFIX,
            List.of(
                    new WalkCachePreset.Array(1, 1, 32),
                    new WalkCachePreset.Array(2, 1, 4),
                    new WalkCachePreset.Array(3, 1, 4)));

    /** The yardstick's nested TLB: 32 entries. */
    public static final NestedTlbPreset REFERENCE_NESTED_TLB =
            new NestedTlbPreset("reference", "32 entries", "by definition", 1, 32);

    private final PageTableFormat format;
    private final VmmProvider vmm;
    private int asidBits = 12;
    private int vmTagBits = 16;
    private @Nullable ArchitectedPageTables rules;
    private MmuArchitecture mmu;
    private @Nullable PageTableFormat stageTwo;
    private Map<String, String> options = Map.of();
    private TlbProvider tlb = new PresetTlb(REFERENCE_TLB);
    private @Nullable WalkCachePreset walkCache;
    private @Nullable NestedTlbPreset nestedTlb;
    private @Nullable WalkCachePreset stageTwoWalkCache;
    private long guestMemory = 64L << 20;
    private long hostMemory = 4L << 30;
    private GuestPages guestPages;
    private GuestPolicy guestPolicy = GuestPolicy.USUAL;
    private int hostPageShift;
    private MachineShape shape = MachineShape.SINGLE;
    private boolean freeKernel = true;
    private long seed = 1;

    /** A machine whose guest has tables of this format and runs under this strategy. */
    public AssembledMachine(PageTableFormat format, VmmProvider vmm) {
        this.format = format;
        this.vmm = vmm;
        mmu = new AnyMmu(format, asidBits, vmTagBits, rules);
        guestPages = new GuestPages(format.pageShifts().getFirst(), false);
    }

    private static Array array(int sets, int ways) {
        return new Array(List.of(12, 21, 30), sets, ways, Replacement.LRU);
    }

    /** The MMU whose tag widths count; one with tags of 12 bits, unless told. */
    public AssembledMachine mmu(ArchitectedPageTables chosen) {
        mmu = chosen;
        return this;
    }

    /** An MMU that knows the TLB alone, with its first TLB. */
    public AssembledMachine mmu(ArchitectedTlb chosen) {
        mmu = chosen;
        tlb = new PresetTlb(chosen.tlbPresets().getFirst());
        return this;
    }

    /** The bits of address-space tags of an MMU that has nothing else of interest. */
    public AssembledMachine asidBits(int bits) {
        asidBits = bits;
        mmu = new AnyMmu(format, asidBits, vmTagBits, rules);
        return this;
    }

    /** The bits of tags of VMs, likewise. */
    public AssembledMachine vmTagBits(int bits) {
        vmTagBits = bits;
        mmu = new AnyMmu(format, asidBits, vmTagBits, rules);
        return this;
    }

    /** Other formats, what an invalidation removes, and how far it reaches, are as on this MMU; null for what is usual. */
    public AssembledMachine rulesOf(@Nullable ArchitectedPageTables chosen) {
        rules = chosen;
        mmu = new AnyMmu(format, asidBits, vmTagBits, rules);
        return this;
    }

    public AssembledMachine stageTwo(@Nullable PageTableFormat chosen) {
        stageTwo = chosen;
        return this;
    }

    /** Options of the strategy. */
    public AssembledMachine options(Map<String, String> chosen) {
        options = Map.copyOf(chosen);
        return this;
    }

    public AssembledMachine tlb(TlbPreset chosen) {
        return tlb(new PresetTlb(chosen));
    }

    /** TLBs with the defaults of their options. */
    public AssembledMachine tlb(TlbProvider chosen) {
        tlb = chosen;
        return this;
    }

    public AssembledMachine walkCache(@Nullable WalkCachePreset chosen) {
        walkCache = chosen;
        return this;
    }

    public AssembledMachine nestedTlb(@Nullable NestedTlbPreset chosen) {
        nestedTlb = chosen;
        return this;
    }

    /** The walk cache of second stages. */
    public AssembledMachine stageTwoWalkCache(@Nullable WalkCachePreset chosen) {
        stageTwoWalkCache = chosen;
        return this;
    }

    /** Bytes of guest-physical memory. */
    public AssembledMachine guestMemory(long bytes) {
        guestMemory = bytes;
        return this;
    }

    /** Bytes of host-physical memory. */
    public AssembledMachine hostMemory(long bytes) {
        hostMemory = bytes;
        return this;
    }

    /** Offset bits of the pages with which the guest kernel answers demand faults. */
    public AssembledMachine guestPages(int shift) {
        guestPages = new GuestPages(shift, false);
        return this;
    }

    public AssembledMachine guestPages(GuestPages chosen) {
        guestPages = chosen;
        return this;
    }

    /** What the guest kernel chooses beside its page sizes. */
    public AssembledMachine guestPolicy(GuestPolicy chosen) {
        guestPolicy = chosen;
        return this;
    }

    /** Offset bits of the pieces in which the host backs guest memory; the smallest that can be mapped, unless told. */
    public AssembledMachine hostPages(int shift) {
        hostPageShift = shift;
        return this;
    }

    /** How many cores, VMs and vCPUs there are. */
    public AssembledMachine shape(MachineShape chosen) {
        shape = chosen;
        return this;
    }

    /** Has the guest kernel's own work pass the TLB. */
    public AssembledMachine simulatedKernel() {
        freeKernel = false;
        return this;
    }

    public AssembledMachine seed(long chosen) {
        seed = chosen;
        return this;
    }

    /** Builds the machine and boots its guest. */
    public Machine boot() {
        return new Machine(config());
    }

    public MachineConfig config() {
        PageTableFormat mapping = vmm.usesStageTwo() ? stageTwo : null;
        int smallest = mapping == null ? 12 : mapping.pageShifts().getFirst();
        return new MachineConfig(
                mmu,
                format,
                mapping,
                vmm,
                new Options("strategy " + vmm.name(), vmm.options(), options),
                tlb,
                new Options("TLB " + tlb.name(), tlb.options(), Map.of()),
                walkCache,
                nestedTlb,
                stageTwoWalkCache,
                guestMemory,
                hostMemory,
                guestPages,
                guestPolicy,
                hostPageShift == 0 ? smallest : hostPageShift,
                shape,
                freeKernel,
                CostModels.all().getFirst(),
                seed,
                HostPolicy.NONE);
    }

    /** An MMU that offers one format, and those of another MMU that it invalidates like, and is not asked for anything else. */
    private record AnyMmu(
            PageTableFormat format, int asidBits, int vmTagBits, @Nullable ArchitectedPageTables rules)
            implements ArchitectedPageTables {
        @Override
        public InvalidationTable invalidations(@Nullable PageTableFormat stageTwo) {
            return rules == null ? InvalidationTable.PLAIN : rules.invalidations(stageTwo);
        }

        @Override
        public boolean broadcastsInvalidations() {
            return rules != null && rules.broadcastsInvalidations();
        }

        @Override
        public List<PageTableFormat> formats() {
            List<PageTableFormat> others = rules == null ? List.of() : rules.formats();
            return Stream.concat(Stream.of(format), others.stream()).toList();
        }

        @Override
        public List<TlbPreset> tlbPresets() {
            return List.of(REFERENCE_TLB);
        }

        @Override
        public List<WalkCachePreset> walkCachePresets() {
            return List.of(REFERENCE_WALK_CACHE);
        }

        @Override
        public List<NestedTlbPreset> nestedTlbPresets() {
            return List.of(REFERENCE_NESTED_TLB);
        }

        @Override
        public TagWidths tagWidths() {
            return new TagWidths(asidBits, vmTagBits);
        }

        @Override
        public EncodedFault encode(Walk walk) {
            return new EncodedFault(walk.fault.name(), Map.of());
        }
    }
}
