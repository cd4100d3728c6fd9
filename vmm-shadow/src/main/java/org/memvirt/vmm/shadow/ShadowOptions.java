package org.memvirt.vmm.shadow;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;

/**
 * What can be chosen.
 *
 * @param format the name of the shadow tables' format; empty for the best
 * @param memory bytes that shadow tables may take; 0 for as much as there is
 */
record ShadowOptions(SyncPolicy sync, String format, long memory) {
    private static final Option SYNC = new Option(
            "sync",
            Option.Kind.TEXT,
            SyncPolicy.WRITE_PROTECT.toString(),
            "how shadow tables are kept in step: write-protect traps every store to a table of the guest; unsync lets it write"
                    + " tables of leaves until it invalidates; virtual-tlb drops what the guest invalidates or loads anew");
    private static final Option FORMAT = new Option(
            "format",
            Option.Kind.TEXT,
            "",
            "the shadow tables' format; if it is not given, the narrowest that has the guest's addresses and the host's");
    private static final Option MEMORY = new Option(
            "spt-memory",
            Option.Kind.SIZE,
            "0",
            "what shadow tables may take, such as 4M; beyond it those loaded longest ago are given up. 0 for no limit");

    static List<Option> all() {
        return List.of(SYNC, FORMAT, MEMORY);
    }

    static ShadowOptions of(Options options) {
        return new ShadowOptions(
                SyncPolicy.of(options.text(SYNC.name())), options.text(FORMAT.name()), options.size(MEMORY.name()));
    }
}
