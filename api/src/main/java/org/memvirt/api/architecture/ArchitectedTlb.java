package org.memvirt.api.architecture;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.TlbPreset;

/**
 * An MMU that knows the TLB alone: a miss is an exception, and software writes the entry. Its TLB is part of the
 * architecture, so it comes from here and not from a preset's arrays.
 */
public non-sealed interface ArchitectedTlb extends MmuArchitecture {
    /**
     * A new TLB in which no entry matches.
     *
     * @param preset one of {@link #tlbPresets}, or one of its name with another number of entries
     * @param seed of the choice that {@link SoftwareTlb#writeRandom} makes
     * @throws IllegalArgumentException for a name or a geometry that the architecture does not have
     */
    SoftwareTlb createTlb(TlbPreset preset, long seed);

    /**
     * The same with a TLB of the second stage behind it ({@link SoftwareTlb#stageTwo}), in which no entry matches either.
     *
     * @throws UnsupportedOperationException where hardware has none; unless overridden
     */
    default SoftwareTlb createTwoStageTlb(TlbPreset preset, long seed) {
        throw new UnsupportedOperationException("this MMU has no second stage");
    }

    // The software that refills it.

    /**
     * Page tables that its software is known to keep; the first is the default. Others join as services. Hardware knows
     * none of them: what a format says that hardware sets in its entries, the handlers set.
     */
    List<PageTableFormat> formats();

    /** What of its addresses who may use, by processor. */
    AddressLayout layout(TlbPreset preset);

    /**
     * The same for a guest whose kernel runs deprivileged ({@link SoftwareTlb#deprivilege}): where its VMM links it instead of
     * the segment that hardware does not translate. {@link AddressLayout#unmappedBase} is then translated like all others.
     * Null where the processor has no room that a program of the guest could not use, too.
     */
    default @Nullable AddressLayout deprivilegedLayout(TlbPreset preset) {
        return null;
    }

    /** How long the handlers of its exceptions are. */
    HandlerLengths handlerLengths(TlbPreset preset);

    // For recordings.

    /** The architecture's name in the header of recordings ({@code arch}); empty when there are none. */
    default String recordedAs() {
        return "";
    }

    /**
     * A processor as a recording tells of it, before the first step; once a case.
     *
     * @param configuration registers and properties by name, as the recording writes them
     * @throws IllegalArgumentException for values that no processor has together; the message names them
     */
    default TlbProcessor processor(Map<String, String> configuration) {
        throw new IllegalArgumentException("this MMU plays no recordings");
    }

    /** A processor after reset, for logs, which tell of none. */
    default TlbProcessor processor(TlbPreset preset) {
        throw new IllegalArgumentException("this MMU plays no logs");
    }

    /**
     * Reads one line of a log of what a machine did to its TLB and through it.
     *
     * @return the step, or null when the line is none of such a log
     * @throws IllegalArgumentException when the line begins as an event and goes on otherwise; the message says what was
     *     expected
     */
    default @Nullable RecordedStep readEvent(String line) {
        return null;
    }
}
