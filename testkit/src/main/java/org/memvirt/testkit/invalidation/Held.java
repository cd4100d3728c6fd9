package org.memvirt.testkit.invalidation;

import org.memvirt.api.invalidation.CacheTags;

/**
 * One thing that a processor may have cached.
 *
 * @param what it is: a translation to a page, or a pointer to a table
 * @param tags of the VM, the address space and the second-stage table
 * @param first the first address that it is used for: of the page that the paging structures map, or of the region of a
 *     table; guest-physical for what comes from a second stage alone
 * @param bytes how many addresses
 * @param probe an address by which it is found
 * @param keptShift offset bits of the piece of the page that is kept as one
 * @param level of the table, or 0 for a page
 */
public record Held(What what, CacheTags tags, long first, long bytes, long probe, int keptShift, int level) {
    /** What can be cached. */
    public enum What {
        PAGE,
        GLOBAL_PAGE,
        TABLE,
        GUEST_PHYSICAL_PAGE,
        GUEST_PHYSICAL_TABLE
    }

    public boolean isOfStageOne() {
        return !isOfStageTwo() && tags.stageTwoRoot() == CacheTags.NO_STAGE_TWO;
    }

    public boolean isCombined() {
        return !isOfStageTwo() && tags.stageTwoRoot() != CacheTags.NO_STAGE_TWO;
    }

    public boolean isOfStageTwo() {
        return what == What.GUEST_PHYSICAL_PAGE || what == What.GUEST_PHYSICAL_TABLE;
    }

    public boolean isTable() {
        return what == What.TABLE || what == What.GUEST_PHYSICAL_TABLE;
    }

    public boolean isGlobal() {
        return what == What.GLOBAL_PAGE;
    }

    public int vm() {
        return tags.vm();
    }

    public int asid() {
        return tags.asid();
    }

    public long root() {
        return tags.stageTwoRoot();
    }

    /** Whether it is a piece of a page around the address, but not the one with the address. */
    public boolean isOnlyNear(long address) {
        return !isTable() && isFor(address) && (address ^ probe) >>> keptShift != 0;
    }

    /** Whether it, or another piece of its page, would be used for the address. */
    public boolean isFor(long address) {
        return address >= first && address < first + bytes;
    }
}
