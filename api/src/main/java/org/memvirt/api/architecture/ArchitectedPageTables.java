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
     * @param values name to number, in hexadecimal after {@code 0x}; a single bit may be {@code true} or {@code false}, a
     *     count of bits decimal. What is not given is 0, a capability what the newest processor has; a root that is not
     *     given is told by {@link Regime#missingRoots}
     * @param accessedUpdate what no register tells: when hardware writes the accessed bits above a leaf
     * @throws IllegalArgumentException for a name that is not among {@link #registers}, what is no number, and values
     *     that no processor has together; the message names the register and what is allowed
     */
    default Regime regime(Map<String, String> values, AccessedUpdate accessedUpdate) {
        throw new IllegalArgumentException("this MMU does not go by registers; name its formats and roots instead");
    }

    /**
     * The values of {@link #registers} in a text that tells of a processor's state, in the shapes in which debuggers, emulators
     * and kernels print it. Once a file.
     *
     * @throws IllegalArgumentException when it tells of none; the message names the shapes that are taken
     */
    default RegisterDump readRegisters(String text) {
        throw new IllegalArgumentException("this MMU reads no such text; name its formats and roots instead");
    }

    /**
     * What a kernel tells debuggers of itself, as a core of its machine keeps it in a note, that decides how its tables are
     * read: by the names of {@link #registers}, which an option of a format has, too. Once an image.
     *
     * @param vmcoreinfo lines {@code NAME=value} and {@code KIND(name)=value}, as Linux writes its VMCOREINFO
     */
    default Map<String, String> readVmcoreinfo(String vmcoreinfo) {
        return Map.of();
    }
}
