package org.memvirt.api.invalidation;

/**
 * From which tables a cached mapping was made. Each kind has translations, which lead to a page (TLB entries), and tables,
 * which lead to the next table on the way (entries of paging-structure caches).
 */
public enum MappingKind {
    /** From stage 1 alone, while there was no second stage: Intel's linear mappings. Tagged by VM and address space. */
    STAGE_1,
    /** From stage 2 alone: Intel's guest-physical mappings. Tagged by the root of stage 2; on AMD's processors by VM. */
    STAGE_2,
    /** From both stages: Intel's combined mappings. Tagged by VM, address space and the root of stage 2. */
    COMBINED
}
