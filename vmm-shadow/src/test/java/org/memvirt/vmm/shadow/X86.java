package org.memvirt.vmm.shadow;

import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.x86.X86Mmu;

/** The architecture that these tests run on. */
final class X86 {
    static final ArchitectedPageTables MMU = (ArchitectedPageTables) new X86Mmu().architecture();

    private X86() {}

    static PageTableFormat format(String name) {
        return MMU.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
