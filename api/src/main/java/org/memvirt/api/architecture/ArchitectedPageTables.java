package org.memvirt.api.architecture;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;

/** An MMU whose hardware walks page tables. */
public non-sealed interface ArchitectedPageTables extends MmuArchitecture {
    /** Its own formats, of both stages; the first of each stage is the default. Others join as services. */
    List<PageTableFormat> formats();

    /** Walk-cache presets. */
    List<WalkCachePreset> walkCachePresets();

    /** Nested-TLB presets. */
    List<NestedTlbPreset> nestedTlbPresets();

    /**
     * What its operations remove from the caches of translations; {@link InvalidationTable#PLAIN} if it says nothing.
     *
     * @param stageTwo the second stage in use, or null: it may tell whose processor it is
     */
    default InvalidationTable invalidations(@Nullable PageTableFormat stageTwo) {
        return InvalidationTable.PLAIN;
    }

    /** How hardware reports the fault that {@code walk} ended with; the walk was made with one of {@link #formats}. */
    EncodedFault encode(Walk walk);

    /**
     * The names of the registers that {@link #regime} takes, as the manual writes them but for their case, which does
     * not matter; a bit of a processor's state or capability that decides counts as one. Empty when the MMU does not go
     * by registers.
     */
    default List<String> registers() {
        return List.of();
    }

    /**
     * What a processor's registers set up: they choose the formats of both stages with all control bits, and hold the
     * roots. Once for a set of registers.
     *
     * @param values name to number, in decimal, or in hexadecimal after {@code 0x}; a single bit may be {@code true} or
     *     {@code false}. What is not given is 0, a capability what the newest processor has
     * @param accessedUpdate what no register tells: when hardware writes the accessed bits above a leaf
     * @throws IllegalArgumentException for a name that is not among {@link #registers}, what is no number, and values
     *     that no processor has together; the message names the register and what is allowed
     */
    default Regime regime(Map<String, String> values, AccessedUpdate accessedUpdate) {
        throw new IllegalArgumentException("this MMU does not go by registers; name its formats and roots instead");
    }

    /**
     * The values of {@link #registers} in the text that a debugger prints of a processor's state: QEMU's monitor command
     * {@code info registers}, of the first processor if it tells of several. Once a file.
     *
     * @return what {@link #regime} takes
     * @throws IllegalArgumentException when the text is not that, or lacks a register that is needed; the message says
     *     what was expected
     */
    default Map<String, String> readRegisters(String text) {
        throw new IllegalArgumentException("this MMU reads no such text; name its formats and roots instead");
    }
}
