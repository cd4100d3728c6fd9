package org.memvirt.arm.preset;

import java.util.Arrays;
import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Arrays as data sheets tell them: entries, ways, page sizes. */
final class TlbArray {
    /** Offset bits of the page sizes. */
    static final int P4K = 12;

    static final int P2M = 21;
    static final int P1G = 30;

    private TlbArray() {}

    static TlbPreset.Array of(int entries, int ways, Integer... pageShifts) {
        return new TlbPreset.Array(Arrays.asList(pageShifts), entries / ways, ways, TlbPreset.Replacement.LRU);
    }

    static TlbPreset.Array full(int entries, Integer... pageShifts) {
        return of(entries, entries, pageShifts);
    }

    static TlbPreset.Group code(TlbPreset.Array... arrays) {
        return new TlbPreset.Group("l1i", 1, false, true, List.of(arrays));
    }

    static TlbPreset.Group data(TlbPreset.Array... arrays) {
        return new TlbPreset.Group("l1d", 1, true, false, List.of(arrays));
    }

    static TlbPreset.Group second(TlbPreset.Array... arrays) {
        return new TlbPreset.Group("l2", 2, true, true, List.of(arrays));
    }

    /** A second level that pages of other sizes than its own pass by. */
    static TlbPreset.Group secondOfItsSizes(TlbPreset.Array... arrays) {
        return new TlbPreset.Group("l2", 2, true, true, List.of(arrays), TlbPreset.OtherSizes.BYPASS);
    }

    static TlbPreset.Group secondCode(TlbPreset.Array... arrays) {
        return new TlbPreset.Group("l2i", 2, false, true, List.of(arrays));
    }

    static TlbPreset.Group secondData(TlbPreset.Array... arrays) {
        return new TlbPreset.Group("l2d", 2, true, false, List.of(arrays));
    }
}
