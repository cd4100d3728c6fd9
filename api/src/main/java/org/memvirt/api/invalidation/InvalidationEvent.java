package org.memvirt.api.invalidation;

/** When a simulated machine asks what is removed, in words that architectures share. */
public enum InvalidationEvent {
    /** The guest invalidates one page of the address space in use, and the tables on the way to it: INVLPG, TLBI VAE1. */
    PAGE,
    /** The same of another address space, which is given. */
    PAGE_OF_SPACE,
    /** The guest invalidates one page of the address space in use, of which the leaf alone changed: TLBI VALE1. */
    PAGE_LEAF,
    /** The same of another address space, which is given. */
    PAGE_LEAF_OF_SPACE,
    /**
     * The guest invalidates a range of pages of the address space in use, and the tables on the way to them: TLBI RVAE1.
     * Where there is no operation for ranges, what invalidates one page is carried out for each.
     */
    RANGE,
    /** The same of another address space, which is given. */
    RANGE_OF_SPACE,
    /** The guest invalidates a range of pages of the address space in use, of which the leaves alone changed: TLBI RVALE1. */
    RANGE_LEAF,
    /** The same of another address space, which is given. */
    RANGE_LEAF_OF_SPACE,
    /** The guest drops all that is cached of the address space that is given, global mappings excepted: TLBI ASIDE1. */
    SPACE,
    /** The guest begins to use its address-space tags anew. */
    ALL_SPACES,
    /** The guest loads a root, and gives the address space whose mappings go. */
    ROOT_LOAD,
    /** The guest loads a root and keeps what is cached. */
    ROOT_LOAD_KEEPING,
    /** The guest switches paging on or off. */
    PAGING_SWITCH,
    /** An access faults in stage 1. */
    FAULT,
    /** An access faults in stage 2; the address, if any, is the one whose translation failed in stage 2. */
    STAGE_2_FAULT,
    /** The VMM has changed the second-stage table that is given. */
    STAGE_2_CHANGE,
    /** The VMM has changed what it lets hardware walk for input addresses of the VM that is given. */
    VM_PAGE,
    /** The VMM drops all that is cached for input addresses of the VM that is given. */
    VM_ALL,
    /** The VMM begins to use its tags of VMs anew. */
    ALL_VMS,
    /** A guest whose cached mappings carry its tag is entered. */
    ENTRY,
    /** It is left. */
    EXIT,
    /** A guest whose cached mappings carry the host's tag is entered. */
    ENTRY_UNTAGGED,
    /** It is left. */
    EXIT_UNTAGGED
}
