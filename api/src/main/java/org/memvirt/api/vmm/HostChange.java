package org.memvirt.api.vmm;

/** Why the host's memory manager changes what lies behind a guest's memory. */
public enum HostChange {
    /** The memory is taken away, by a balloon or to swap it out; the guest's next access brings it back. */
    UNMAP,

    /** The memory lies somewhere else afterwards: it is migrated, merged with an equal page, or copied before a store. */
    REMAP,

    /** Stores are forbidden from now on, or until the next one is noticed; what is mapped may still be read. */
    PROTECT,

    /**
     * The host wants to learn what is used: accessed bits are to be cleared, so that the next use sets them again; where there
     * are none the next use is to be noticed otherwise. See {@link VirtualMachine#forEachMapped}.
     */
    AGE,

    /** The host wants to learn what is stored to: dirty bits are to be cleared, so that the next store sets them again. */
    CLEAN,

    /** Each granule is mapped by a page of its own from now on, so that it can be told from its neighbours. */
    SPLIT,

    /** Granules need no pages of their own any more: larger ones may take the place of what is mapped. */
    JOIN
}
