package org.memvirt.vmm.shadow;

/** What the VMM of one VM has done to its shadow tables. Read at any time; the VMM alone writes. */
final class ShadowCounts {
    /** Faults that the guest's own table explains, delivered to it. */
    long trueFaults;
    /** Faults that it does not. */
    long hiddenFaults;
    /** Faults that the shadow table did not explain either: another vCPU was quicker. */
    long spuriousFaults;
    /** Stores that the VMM made in the guest's place. */
    long emulated;
    /** Stores to tables that trapped. */
    long tableWrites;
    /** Table entries that were overwritten, and what was built from them zapped. */
    long entriesRemoved;
    /** Tables given up because they were written too often without being walked. */
    long flooded;
    /** Tables that the guest was let write freely. */
    long unsync;
    /** Entries that had changed meanwhile, found when tables were brought back in step. */
    long synced;
    /** Shadow entries made on a fault. */
    long filled;
    /** Shadow entries removed. */
    long zapped;
    /** Shadow entries that lost their right to write, and stayed. */
    long protectedEntries;
    /** Shadow tables (with a root each) made, and given back: because memory was wanted, or nothing was left in them. */
    long rootsMade;

    long recycled;
    long released;
    /** Granules that are treated as tables now, and the most there ever were. */
    long guestTables;

    long mostGuestTables;

    void guestTables(int now) {
        guestTables = now;
        mostGuestTables = Math.max(mostGuestTables, now);
    }
}
