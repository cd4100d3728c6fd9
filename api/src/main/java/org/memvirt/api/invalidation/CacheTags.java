package org.memvirt.api.invalidation;

/**
 * What tells cached mappings apart.
 *
 * @param vm tag of the VM: VPID, ASID on AMD's processors, VMID; 0 is the host's, and that of a VM without a tag
 * @param asid tag of the address space within the VM: PCID, ASID; 0 where there are none
 * @param stageTwoRoot what tells second-stage tables apart (Intel's EP4TA), or {@link #NO_STAGE_TWO}
 */
public record CacheTags(int vm, int asid, long stageTwoRoot) {
    /** The root where no second stage is in use. */
    public static final long NO_STAGE_TWO = -1;

    /** The kind of the mappings of input addresses that are made under these tags. */
    public MappingKind kind() {
        return stageTwoRoot == NO_STAGE_TWO ? MappingKind.STAGE_1 : MappingKind.COMBINED;
    }
}
