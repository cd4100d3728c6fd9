package org.memvirt.arm.preset;

import java.util.Arrays;
import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Arrays as manuals tell them: entries, ways, page sizes. */
final class TlbArray {
    /** Offset bits of the page sizes. */
    static final int P4K = 12;

    static final int P16K = 14;
    static final int P64K = 16;
    static final int P1M = 20;
    static final int P2M = 21;
    static final int P16M = 24;
    static final int P32M = 25;
    static final int P512M = 29;
    static final int P1G = 30;

    private TlbArray() {}

    static TlbPreset.Array of(int entries, int ways, Integer... pageShifts) {
        return new TlbPreset.Array(Arrays.asList(pageShifts), entries / ways, ways, TlbPreset.Replacement.LRU);
    }

    static TlbPreset.Array full(int entries, Integer... pageShifts) {
        return of(entries, entries, pageShifts);
    }

    static TlbPreset.Group code(TlbPreset.Array array) {
        return new TlbPreset.Group("l1i", 1, false, true, List.of(array));
    }

    static TlbPreset.Group data(TlbPreset.Array array) {
        return new TlbPreset.Group("l1d", 1, true, false, List.of(array));
    }

    static TlbPreset.Group second(TlbPreset.Array array) {
        return new TlbPreset.Group("l2", 2, true, true, List.of(array));
    }
}
