package org.memvirt.vmm.shadow;

import org.memvirt.api.access.Rights;

/** For whom a shadow table is. Where hardware does not tell a guest's kernel from its programs, a table serves one of them. */
enum View {
    /** For both: hardware tells them apart. */
    BOTH,
    /** For the guest's programs alone: it holds what they may do, whoever does it. */
    PROGRAM,
    /** For the guest's kernel alone. */
    KERNEL;

    /** What a page may allow in such a table, of what the guest's table allows, both as {@link Rights}. */
    int of(int rights) {
        return switch (this) {
            case BOTH -> rights;
            case PROGRAM -> rights & Rights.USER | (rights & Rights.USER) << Rights.SUPERVISOR_SHIFT;
            case KERNEL -> rights & Rights.SUPERVISOR | (rights & Rights.SUPERVISOR) >>> Rights.SUPERVISOR_SHIFT;
        };
    }

    /** Whether programs and kernel may do different things. */
    static boolean differ(int rights) {
        return PROGRAM.of(rights) != KERNEL.of(rights);
    }
}
