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
 * @param sharing whether shadows share the pages that stand for the same table of the guest
 * @param separation how a guest's kernel is kept apart from its programs
 * @param tagBits of the tags that shadows get; 0 where they are cached under the guest's own
 */
record ShadowOptions(SyncPolicy sync, String format, long memory, int prefetch, boolean sharing,
        Separation separation, int tagBits) {
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
    private static final Option SHARING = new Option(
            "sharing",
            Option.Kind.SWITCH,
            "off",
            "whether processes that share tables, as those of their kernel, share the shadows of these");

    private static final Option SEPARATION = new Option(
            "separation",
            Option.Kind.TEXT,
            Separation.HARDWARE.toString(),
            "how a guest's kernel is kept apart from its programs: hardware does; two-tables, one for each, of which each switch"
                    + " of modes loads the other; rewrite, of one table at each switch");

    private static final Option TAGS = new Option(
            "tags",
            Option.Kind.INTEGER,
            "0",
            "bits of the tags that shadow tables get, one each from a pool; 0: they are cached under the guest's own tags");

    private static final int MOST_TAG_BITS = 16;

    static List<Option> all() {
        return List.of(SYNC, FORMAT, MEMORY, PREFETCH, SHARING, SEPARATION, TAGS);
    }

    /** @throws VmRefused for a value that is none of those an option has */
    static ShadowOptions of(Options options) {
        long prefetch = options.integer(PREFETCH.name());
        if (prefetch > MOST_PREFETCHED || Long.bitCount(prefetch) > 1) {
            throw new VmRefused("strategy shadow: prefetch=%d is not 0 or a power of two up to %d"
                    .formatted(prefetch, MOST_PREFETCHED));
        }
        SyncPolicy sync = SyncPolicy.of(options.text(SYNC.name()));
        boolean sharing = options.isOn(SHARING.name());
        if (sharing && !sync.tracksTables()) {
            throw new VmRefused(
                    ("strategy shadow: sharing=on does not go with sync=%s, which does not know of which tables of"
                            + " the guest a shadow was built; sync=%s and sync=%s do")
                                    .formatted(sync, SyncPolicy.WRITE_PROTECT, SyncPolicy.UNSYNC));
        }
        long tagBits = options.integer(TAGS.name());
        if (tagBits > MOST_TAG_BITS) {
            throw new VmRefused(
                    "strategy shadow: tags=%d is not a number of bits up to %d".formatted(tagBits, MOST_TAG_BITS));
        }
        return new ShadowOptions(
                sync,
                options.text(FORMAT.name()),
                options.size(MEMORY.name()),
                (int) prefetch,
                sharing,
                Separation.of(options.text(SEPARATION.name())),
                (int) tagBits);
    }
}
