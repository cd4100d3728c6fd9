package org.memvirt.arm;

import org.memvirt.api.access.Rights;

/** Whether the top byte of an address is the program's; Arm ARM, "Address tagging". */
enum AddressTag {
    NONE,
    /** TBI with TBID: of a data access. */
    DATA,
    /** TBI: of a fetch, too, whose address loses it before. */
    ALL;

    /** @param ofDataAlone TBID, which without TBI says nothing */
    static AddressTag of(boolean ignored, boolean ofDataAlone) {
        if (!ignored) {
            return NONE;
        }
        return ofDataAlone ? DATA : ALL;
    }

    /** The address without its tag: the top byte is as bit 55. */
    long remove(long address, int access) {
        boolean kept = this == NONE || this == DATA && (access & Rights.EXECUTE) != 0;
        return kept ? address : address << Byte.SIZE >> Byte.SIZE;
    }
}
