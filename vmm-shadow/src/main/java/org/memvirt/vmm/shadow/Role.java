package org.memvirt.vmm.shadow;

import org.memvirt.api.table.PageTableFormat;

/**
 * Which table of the guest a shadow table stands for, and as what: hardware may read the same table of the guest at two levels
 * or addresses, in two modes, or below entries that allow different things, and each of these has a shadow of its own.
 *
 * @param guestFormat what fixes the table's meaning
 * @param number of the root, among those of the shadow's format, that it stands at or below
 * @param level of the shadow table; 0 for a whole page table with its root
 * @param guestTable the guest's table; of a whole page table, the guest's root register
 * @param guestLevel at which the guest's table is read; 0 for a whole page table
 * @param base the first address that it translates
 * @param copy which of several that stand for the same: 0 and 1 for programs and kernel, where these have a table each; the number
 *     of the vCPU, where it rewrites the table for itself; else 0
 * @param restrictions what the guest's entries above allow ({@link PageTableFormat#restrictions})
 */
record Role(
        PageTableFormat guestFormat, int number, int level, long guestTable, int guestLevel, long base,
        int copy, long restrictions) {
    /** That of a whole page table. */
    static Role ofRoot(PageTableFormat guestFormat, int number, long guestRoot, int copy) {
        return new Role(guestFormat, number, 0, guestRoot, 0, 0, copy, -1);
    }

    /** Whether it is a single table, linked by others. */
    boolean isPage() {
        return level != 0;
    }
}
