package org.memvirt.vmm.shadow;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.VmRefused;

/**
 * What can be chosen.
 *
 * @param format the name of the shadow tables' format, or {@link #ANY_FORMAT}
 * @param memory bytes that shadow tables may take; 0 for as much as there is
 * @param prefetch pages of an aligned group that a fault fills together; 0 for the one that faulted alone
 */
record ShadowOptions(SyncPolicy sync, String format, long memory, int prefetch) {
    /** The best format there is. */
    static final String ANY_FORMAT = "auto";

    private static final int MOST_PREFETCHED = 512;

    private static final Option SYNC = new Option(
            "sync",
            Option.Kind.TEXT,
            SyncPolicy.WRITE_PROTECT.toString(),
            "how shadow tables are kept in step: write-protect traps every store to a table of the guest; unsync lets it write"
                    + " tables of leaves until it invalidates; virtual-tlb drops what the guest invalidates or loads anew");
    private static final Option FORMAT = new Option(
            "format",
            Option.Kind.TEXT,
            ANY_FORMAT,
            "the shadow tables' format, by its name; auto: the narrowest that has the guest's addresses and the host's");
    private static final Option MEMORY = new Option(
            "spt-memory",
            Option.Kind.SIZE,
            "0",
            "what shadow tables may take, such as 4M; beyond it those loaded longest ago are given up. 0 for no limit");

    private static final Option PREFETCH = new Option(
            "prefetch",
            Option.Kind.INTEGER,
            "0",
            "pages of the aligned group around one that faults which are filled with it, such as 8; a power of two up to 512");

    static List<Option> all() {
        return List.of(SYNC, FORMAT, MEMORY, PREFETCH);
    }

    /** @throws VmRefused for a value that is none of those an option has */
    static ShadowOptions of(Options options) {
        long prefetch = options.integer(PREFETCH.name());
        if (prefetch > MOST_PREFETCHED || Long.bitCount(prefetch) > 1) {
            throw new VmRefused("strategy shadow: prefetch=%d is not 0 or a power of two up to %d"
                    .formatted(prefetch, MOST_PREFETCHED));
        }
        return new ShadowOptions(
                SyncPolicy.of(options.text(SYNC.name())),
                options.text(FORMAT.name()),
                options.size(MEMORY.name()),
                (int) prefetch);
    }
}
