package org.memvirt.x86.vector;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.mmu.EncodedFault;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Walk;

/**
 * How the accesses of a case are translated.
 *
 * @param stageTwo null when there is one stage
 * @param loadsPointers whether the root's entries are registers, loaded with the root by plain reads: PAE on Intel's
 *     processors
 * @param encode how the processor tells of a fault
 */
public record Regime(
        PageTableFormat stageOne,
        long root,
        @Nullable PageTableFormat stageTwo,
        long stageTwoRoot,
        boolean loadsPointers,
        Function<Walk, EncodedFault> encode) {}
