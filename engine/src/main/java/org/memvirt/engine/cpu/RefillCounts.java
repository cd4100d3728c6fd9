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

    /** Handlers that ran because the load of another one, from a linear page table, raised an exception. */
    long nested;

    /** Instructions of all those handlers; of one that such a load cut short, those up to it. */
    long instructions;

    /** Of them, those of the handlers that {@link #nested} counts. */
    long nestedInstructions;

    /** Page-table entries that guest software loaded to write a TLB entry. */
    long loads;

    /** Of them, those of the handlers that {@link #nested} counts. */
    long nestedLoads;

    /** Page-table entries that it stored then: accessed and dirty bits. */
    long stores;

    /** TLB entries that guest software wrote, those of invalidations included. */
    long tlbWrites;

    /** Loads and stores of handlers that missed the TLB of the first stage themselves. */
    long nestedMisses;

    /** Exceptions that the VMM answered without the guest's knowledge. */
    long hidden;

    RefillCounts() {}

    void add(RefillCounts other) {
        refills += other.refills;
        loadFaults += other.loadFaults;
        storeFaults += other.storeFaults;
        modifications += other.modifications;
        nested += other.nested;
        instructions += other.instructions;
        nestedInstructions += other.nestedInstructions;
        loads += other.loads;
        nestedLoads += other.nestedLoads;
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
        nested = 0;
        instructions = 0;
        nestedInstructions = 0;
        loads = 0;
        nestedLoads = 0;
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

    public long nested() {
        return nested;
    }

    /** Handlers that ran, of all kinds; one that another handler's exception cuts short runs again, and is another one then. */
    public long handlers() {
        return refills + loadFaults + storeFaults + modifications + nested;
    }

    public long instructions() {
        return instructions;
    }

    public long nestedInstructions() {
        return nestedInstructions;
    }

    public long loads() {
        return loads;
    }

    public long nestedLoads() {
        return nestedLoads;
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
