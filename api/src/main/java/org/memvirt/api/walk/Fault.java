package org.memvirt.api.walk;

/** Why a translation failed, in words that every architecture shares; each MMU encodes it in its own way. */
public enum Fault {
    /** The translation succeeded. */
    NONE,
    /** The input address is wider than the format translates, or not canonical. */
    ADDRESS_SIZE,
    /** An entry on the way is not present (x86), invalid (Arm): a translation fault. */
    NOT_PRESENT,
    /** The mapping exists and does not allow the access. */
    PERMISSION,
    /** A present entry has a reserved bit set, or a combination of bits that the format forbids in stage 1. */
    RESERVED_BIT,
    /** A present stage-2 entry that the format forbids: an EPT misconfiguration. */
    MISCONFIGURED,
    /** A protection key of the page forbids the access. */
    PROTECTION_KEY,
    /** The accessed flag is clear and hardware does not set it: Arm's access flag fault. */
    ACCESS_FLAG,
    /** The output address lies outside what the VM, or the machine, owns. */
    OUT_OF_BOUNDS
}
