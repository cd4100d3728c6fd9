package org.memvirt.engine.host;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a host learns what its guest stores to. */
public enum DirtyLogKind {
    /** Stores are forbidden; the first to each granule faults. */
    WRITE_PROTECT,

    /** The second stage's dirty bits are cleared, and read later. */
    DIRTY_BITS,

    /** Hardware notes each granule whose dirty bit it sets in a buffer of bounded size (page-modification log). */
    PAGE_LOG;

    /** Lower-case with hyphens: what {@code --dirty-log} takes. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The kind of that name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static DirtyLogKind of(String text) {
        return Arrays.stream(values())
                .filter(kind -> kind.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no way '%s' to log stores; there are %s"
                        .formatted(text, Arrays.stream(values())
                                .map(DirtyLogKind::text)
                                .collect(Collectors.joining(", ")))));
    }
}
