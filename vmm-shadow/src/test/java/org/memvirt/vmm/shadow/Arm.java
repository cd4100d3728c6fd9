package org.memvirt.vmm.shadow;

import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.arm.ArmMmu;

/** An architecture that tests run on, with several granules and two roots. */
final class Arm {
    static final ArchitectedPageTables MMU = (ArchitectedPageTables) new ArmMmu().architecture();

    private Arm() {}

    static PageTableFormat format(String name) {
        return MMU.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
