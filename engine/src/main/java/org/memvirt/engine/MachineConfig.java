package org.memvirt.engine;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.option.Options;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbProvider;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Stage;
import org.memvirt.engine.block.PresetTlb;
import org.memvirt.engine.guest.GuestPages;
import org.memvirt.engine.guest.GuestPolicy;
import org.memvirt.engine.host.HostPolicy;
import org.memvirt.engine.memory.BuddyAllocator;

/**
 * Everything that makes a machine what it is.
 *
 * @param format the guest's page tables: hardware's, or those of its software where hardware knows the TLB alone
 * @param stageTwo the VMM's, or null for a strategy that uses none
 * @param walkCache null for none
 * @param nestedTlb null for none
 * @param stageTwoWalkCache the walk cache of second stages, one by prefix; null for none
 * @param guestMemory bytes of guest-physical memory of each VM
 * @param hostMemory bytes of host-physical memory
 * @param guestPolicy what the guests' kernels do beside mapping pages
 * @param hostPageShift offset bits of the pieces in which the host backs guest memory
 * @param shape how many cores, VMs and vCPUs it has
 * @param freeKernel whether the guest kernel's own work costs no access; the traps of its stores remain
 * @param seed of everything random in the machine
 * @param hostPolicy what the host does with guests' memory beyond backing it
 */
public record MachineConfig(
        MmuArchitecture mmu,
        PageTableFormat format,
        @Nullable PageTableFormat stageTwo,
        VmmProvider vmm,
        Options vmmOptions,
        TlbProvider tlb,
        Options tlbOptions,
        @Nullable WalkCachePreset walkCache,
        @Nullable NestedTlbPreset nestedTlb,
        @Nullable WalkCachePreset stageTwoWalkCache,
        long guestMemory,
        long hostMemory,
        GuestPages guestPages,
        GuestPolicy guestPolicy,
        int hostPageShift,
        MachineShape shape,
        boolean freeKernel,
        CostModel costs,
        long seed,
        HostPolicy hostPolicy) {
    public MachineConfig {
        format = stageTwo == null ? format : format.over(stageTwo);
    }

    /** The same with another policy of its host. */
    public MachineConfig withHostPolicy(HostPolicy chosen) {
        return new MachineConfig(
                mmu, format, stageTwo, vmm, vmmOptions, tlb, tlbOptions, walkCache, nestedTlb, stageTwoWalkCache,
                guestMemory, hostMemory,
                guestPages, guestPolicy, hostPageShift, shape, freeKernel, costs, seed, chosen);
    }

    /** The same where each VM has other memory, in bytes, and so many vCPUs. */
    MachineConfig ofVm(long memoryOfGuest, int vcpus) {
        return new MachineConfig(
                mmu, format, stageTwo, vmm, vmmOptions, tlb, tlbOptions, walkCache, nestedTlb, stageTwoWalkCache,
                memoryOfGuest, hostMemory,
                guestPages, guestPolicy, hostPageShift, new MachineShape(shape.cores(), shape.vms(), vcpus), freeKernel,
                costs, seed,
                hostPolicy);
    }

    /**
     * The preset that an architected TLB is made from.
     *
     * @throws IllegalArgumentException when the TLB is none of a preset's
     */
    public TlbPreset tlbPreset() {
        if (tlb instanceof PresetTlb named) {
            return named.preset(tlbOptions);
        }
        throw new IllegalArgumentException(
                "TLB '%s' is not one that the architecture knows: software fills those of its presets"
                        .formatted(tlb.name()));
    }

    /** What hardware's invalidations remove; nothing by themselves where software fills the TLB. */
    InvalidationTable invalidations() {
        return mmu instanceof ArchitectedPageTables hardware
                ? hardware.invalidations(stageTwo)
                : InvalidationTable.NOTHING;
    }

    /** The first-stage formats that hardware can walk: the guest's, then the MMU's others. */
    List<PageTableFormat> stageOneFormats() {
        List<PageTableFormat> all =
                switch (mmu) {
                    case ArchitectedPageTables hardware -> hardware.formats();
                    case ArchitectedTlb software -> software.formats();
                };
        Stream<PageTableFormat> others = all.stream()
                .filter(other -> other.stages().contains(Stage.STAGE_1) && !other.name().equals(format.name()));
        return Stream.concat(Stream.of(format), others).toList();
    }

    /**
     * Offset bits of the pieces in which the host backs guest memory, ascending: up to {@link #hostPageShift}, the sizes that
     * the tables map, for the end of the memory. The first is the granule, no smaller than what a second stage can map.
     */
    public List<Integer> hostPieces() {
        List<Integer> mapped = (stageTwo == null ? format : stageTwo).pageShifts();
        int smallest = stageTwo == null ? BuddyAllocator.FRAME_SHIFT : Math.min(mapped.getFirst(), hostPageShift);
        return Stream.concat(Stream.of(smallest, hostPageShift), mapped.stream())
                .filter(shift -> shift >= smallest && shift <= hostPageShift)
                .distinct()
                .sorted()
                .toList();
    }
}
