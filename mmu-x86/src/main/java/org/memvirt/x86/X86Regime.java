package org.memvirt.x86;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.mmu.EncodedFault;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Regime;
import org.memvirt.api.mmu.TableRoot;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;

/**
 * The address spaces of a linear address: one CR3, and EPT or nested paging below.
 *
 * @param loadsPointers whether the four directory pointers of PAE paging are registers, loaded with CR3 (SDM, "PDPTE
 *     Registers"), rather than read from memory in each walk as under AMD's nested paging (APM, "Nested Paging")
 */
record X86Regime(List<TableRoot> stageOne, @Nullable TableRoot stageTwo, boolean loadsPointers) implements Regime {
    static X86Regime of(X86Registers registers) {
        PageTableFormat format = registers.format();
        PageTableFormat second = registers.stageTwoFormat();
        return new X86Regime(
                List.of(new TableRoot(format, registers.root())),
                second == null ? null : new TableRoot(second, registers.stageTwoRoot()),
                format.name().equals("pae") && !(second instanceof NptFormat));
    }

    @Override
    public WalkPort load(Walk walk, WalkPort port) {
        return loadsPointers ? DirectoryPointers.load(stageOne.getFirst().root(), walk, port)
                : Regime.super.load(walk, port);
    }

    @Override
    public EncodedFault encode(Walk walk) {
        return FaultEncoding.encode(walk);
    }
}
