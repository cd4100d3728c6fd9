package org.memvirt.runner.inspect;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;

/** Tables whose formats and roots were given, in place of registers. */
public record GivenTables(ArchitectedPageTables mmu, TableRoot first, @Nullable TableRoot stageTwo) implements Regime {
    @Override
    public List<TableRoot> stageOne() {
        return List.of(first);
    }

    @Override
    public EncodedFault encode(Walk walk) {
        return mmu.encode(walk);
    }
}
