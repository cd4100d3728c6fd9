package org.memvirt.engine.count;

/** A group of counts that results show together. */
public enum Section {
    /** Faults by who dealt with them. */
    FAULTS("faults",
            "Faults: guest, of stage 1, that reached the guest kernel; injected, those of them that passed through the VMM;"
                    + " hidden, of stage 1, that the VMM mended; stage2, of stage 2 or of a partition's bound"),

    /** Handlers of TLB exceptions by what they answered. */
    HANDLERS("refill.byKind", "Handlers of TLB exceptions that the guest ran, by what they answered"),

    /** What those handlers did, for accesses of workload and kernel alike. */
    REFILL("refill", ""),

    /** How vCPUs shared the cores. */
    SCHEDULING("scheduling", ""),

    /** What guests' kernels did of their own accord. */
    GUEST("guest", ""),

    /** Page tables. */
    TABLES("tables", ""),

    /** Memory handed out. */
    MEMORY("memory", ""),

    /** What the host did with its guests' memory. */
    HOST("memory.host", ""),

    /** Changes of what lies behind a guest's memory, by their reason. */
    HOST_CHANGES("memory.host.changes",
            "Changes of what lies behind a guest's memory that its strategy was told of"),

    /** What results do not show: audits and the machine itself read it. */
    INTERNAL("", "");

    private final String path;
    private final String ofAll;

    Section(String path, String ofAll) {
        this.path = path;
        this.ofAll = ofAll;
    }

    /** Where it stands in results: keys with dots between them. */
    public String path() {
        return path;
    }

    /** What its counts have in common, where they share one metric and labels tell them apart; else empty. */
    public String ofAll() {
        return ofAll;
    }
}
