package org.memvirt.x86.invalidation;

import org.memvirt.api.invalidation.CacheTags;

/**
 * One thing that a processor may have cached, in the words of the manuals.
 *
 * @param what it is: a translation to a page, or a pointer to a table
 * @param tags VPID (ASID on AMD's), PCID and EP4TA (nCR3)
 * @param first the first address that it is used for: of the page that the paging structures map, or of the region of a
 *     table; guest-physical for what comes from a second stage alone
 * @param bytes how many addresses
 * @param probe an address by which it is found
 * @param keptShift offset bits of the piece of the page that is kept as one
 * @param level of the table, or 0 for a page
 */
record Held(What what, CacheTags tags, long first, long bytes, long probe, int keptShift, int level) {
    enum What {
        PAGE,
        GLOBAL_PAGE,
        TABLE,
        GUEST_PHYSICAL_PAGE
    }

    boolean isLinear() {
        return what != What.GUEST_PHYSICAL_PAGE && tags.stageTwoRoot() == CacheTags.NO_STAGE_TWO;
    }

    boolean isCombined() {
        return what != What.GUEST_PHYSICAL_PAGE && tags.stageTwoRoot() != CacheTags.NO_STAGE_TWO;
    }

    boolean isGuestPhysical() {
        return what == What.GUEST_PHYSICAL_PAGE;
    }

    boolean isTable() {
        return what == What.TABLE;
    }

    boolean isGlobal() {
        return what == What.GLOBAL_PAGE;
    }

    int vm() {
        return tags.vm();
    }

    int pcid() {
        return tags.asid();
    }

    long root() {
        return tags.stageTwoRoot();
    }

    /** Whether it is a piece of a page around the address, but not the one with the address. */
    boolean isOnlyNear(long address) {
        return !isTable() && isFor(address) && (address ^ probe) >>> keptShift != 0;
    }

    /** Whether it, or another piece of its page, would be used for the address. */
    boolean isFor(long address) {
        return address >= first && address < first + bytes;
    }
}
