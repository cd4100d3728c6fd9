package org.memvirt.x86;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** The address spaces of a linear address: one CR3, and EPT or nested paging below. */
record X86Regime(List<TableRoot> stageOne, @Nullable TableRoot stageTwo, List<String> missingRoots)
        implements Regime {
    static X86Regime of(X86Registers registers) {
        PageTableFormat format = registers.format();
        PageTableFormat second = registers.stageTwoFormat();
        return second == null
                ? new X86Regime(List.of(new TableRoot(format, registers.root())), null, registers.missingRoots())
                : new X86Regime(
                        List.of(new TableRoot(format.over(second), registers.root())),
                        new TableRoot(second, registers.stageTwoRoot()),
                        registers.missingRoots());
    }

    @Override
    public WalkPort load(Walk walk, WalkPort port) {
        TableRoot table = stageOne.getFirst();
        return table.format().loadRoot(walk, table.root(), port);
    }

    @Override
    public EncodedFault encode(Walk walk) {
        return FaultEncoding.encode(walk);
    }
}
