package org.memvirt.api.architecture;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.TlbPreset;

/**
 * One architecture's memory management: either its hardware walks page tables, or it knows the TLB alone and software
 * refills it.
 */
public sealed interface MmuArchitecture permits ArchitectedPageTables, ArchitectedTlb {
    /** Options that {@link #with} takes. */
    default List<Option> options() {
        return List.of();
    }

    /**
     * This one with other options.
     *
     * @throws IllegalArgumentException for an option it lacks or a wrong value; the message names both
     */
    default MmuArchitecture with(Map<String, String> options) {
        new Options("MMU", options(), options);
        return this;
    }

    /** TLB presets; the first is the default. */
    List<TlbPreset> tlbPresets();

    /** How many address spaces and VMs its tags tell apart. */
    TagWidths tagWidths();

    /** The same for a guest with page tables of this format over a second stage of that, if any, where that matters. */
    default TagWidths tagWidths(PageTableFormat stageOne, @Nullable PageTableFormat stageTwo) {
        return tagWidths();
    }

    /**
     * Whether a processor that invalidates what a table's change made stale tells all others by itself, as Arm's do; else
     * software has to interrupt them.
     */
    default boolean broadcastsInvalidations() {
        return false;
    }

    /**
     * @param asidBits bits of the tag of an address space within a VM (PCID, ASID); 0 when there is none
     * @param vmidBits bits of the tag of a VM (VPID, ASID on AMD, VMID); 0 when there is none
     */
    record TagWidths(int asidBits, int vmidBits) {}
}
