package org.memvirt.engine.cpu;

/** What the guest's handlers of TLB exceptions did, for accesses of workload and kernel alike. */
public final class RefillCounts {
    /** Handlers that ran because no entry matched. */
    long refills;

    /** Handlers that ran because a load or a fetch met an invalid page, or one that forbids it. */
    long loadFaults;

    /** Handlers that ran because a store met an invalid page. */
    long storeFaults;

    /** Handlers that ran because a store met a page that was not dirty. */
    long modifications;

    /** Instructions of all those handlers. */
    long instructions;

    /** Page-table entries that guest software loaded to write a TLB entry. */
    long loads;

    /** Page-table entries that it stored then: accessed and dirty bits. */
    long stores;

    /** TLB entries that guest software wrote, those of invalidations included. */
    long tlbWrites;

    /** Loads and stores of handlers that missed the TLB themselves. */
    long nestedMisses;

    /** Exceptions that the VMM answered without the guest's knowledge. */
    long hidden;

    RefillCounts() {}

    void add(RefillCounts other) {
        refills += other.refills;
        loadFaults += other.loadFaults;
        storeFaults += other.storeFaults;
        modifications += other.modifications;
        instructions += other.instructions;
        loads += other.loads;
        stores += other.stores;
        tlbWrites += other.tlbWrites;
        nestedMisses += other.nestedMisses;
        hidden += other.hidden;
    }

    void clear() {
        refills = 0;
        loadFaults = 0;
        storeFaults = 0;
        modifications = 0;
        instructions = 0;
        loads = 0;
        stores = 0;
        tlbWrites = 0;
        nestedMisses = 0;
        hidden = 0;
    }

    public long refills() {
        return refills;
    }

    public long loadFaults() {
        return loadFaults;
    }

    public long storeFaults() {
        return storeFaults;
    }

    public long modifications() {
        return modifications;
    }

    /** Handlers that ran, of all kinds. */
    public long handlers() {
        return refills + loadFaults + storeFaults + modifications;
    }

    public long instructions() {
        return instructions;
    }

    public long loads() {
        return loads;
    }

    public long stores() {
        return stores;
    }

    public long tlbWrites() {
        return tlbWrites;
    }

    public long nestedMisses() {
        return nestedMisses;
    }

    public long hidden() {
        return hidden;
    }
}
