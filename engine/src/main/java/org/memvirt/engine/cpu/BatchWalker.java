package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.BatchFormat;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.BatchTlb;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

/** Makes the walks of the accesses that a TLB knows will miss side by side, as far as they are plain, and gives it their answers. */
final class BatchWalker {
    private static final long PAGE = -4096;

    /** Walks from which on it pays to make them together. */
    private static final int WORTHWHILE = 8;

    /** Accesses that walk alone after too few walks were plain. */
    private static final int REST = 256;

    private final BatchTlb tlb;
    private final long wholeSizes;
    private final Counters counters;
    private final @Nullable WalkReplay caches;
    private final WalkBatch walks;
    private final long[] asked = new long[WalkBatch.CAPACITY];
    private int rest;
    // The format and the port of the walks, and the same where they make walks side by side; else null.
    private @Nullable PageTableFormat format;
    private @Nullable WalkPort port;
    private @Nullable BatchFormat batchFormat;
    private @Nullable BatchPort batchPort;

    /** @param caches those of walks, or null if there are none */
    BatchWalker(BatchTlb tlb, Counters counters, @Nullable WalkReplay caches) {
        this.tlb = tlb;
        wholeSizes = tlb.wholeSizes();
        this.counters = counters;
        this.caches = caches;
        walks = WalkBatch.outer(caches != null);
    }

    /**
     * Answers the access of the batch that has missed, and those that will miss after it, as far as that pays.
     *
     * @param address of the access
     * @param at its index
     * @param space whose accesses these are, for the walk caches
     * @return the index of the first access that is not done; {@code at}, if it must be made alone
     */
    int answer(long address, int at, WalkedTables tables, int space) {
        if (rest > 0) {
            rest--;
            return at;
        }
        PageTableFormat ofAddress = tables.formatOf(address);
        if (ofAddress != format || tables.port() != port) {
            use(ofAddress, tables.port());
        }
        if (batchFormat == null || batchPort == null) {
            return at;
        }
        int known = tlb.pendingMisses(asked);
        if (tables.areSeveral()) {
            known = ofSameRoot(tables.format(), address, known);
        }
        if (known < WORTHWHILE) {
            return at;
        }
        for (int i = 0; i < known; i++) {
            walks.input[i] = asked[i] & PAGE;
            walks.access[i] = (int) (asked[i] & ~PAGE);
        }
        walks.start(tables.rootOf(address));
        if (caches != null) {
            caches.begin();
        }
        int plain = batchFormat.walkBatch(walks, known, batchPort);
        int fitting = plain > 0 && areWhole() ? tlb.fitting(walks, plain) : 0;
        int answered = caches == null || fitting == 0 ? fitting : caches.replay(walks, fitting, batchFormat, space);
        if (answered < WORTHWHILE) {
            rest = REST;
        }
        if (answered == 0) {
            return at;
        }
        if (caches == null) {
            counters.count(walks, answered);
        } else {
            counters.count(walks, answered, caches);
        }
        return tlb.insertAll(walks, answered);
    }

    /** Whether the TLB keeps the pages of stage 1 as they are: else somebody must note that they lie there in pieces. */
    private boolean areWhole() {
        return walks.stage1Shift <= walks.pageShift && (wholeSizes >>> walks.stage1Shift & 1) != 0;
    }

    /** How many of the misses, from the first on, are to addresses that are translated from one root with this one. */
    private int ofSameRoot(PageTableFormat all, long address, int known) {
        int root = all.rootOf(address);
        int same = 0;
        while (same < known && all.rootOf(asked[same]) == root) {
            same++;
        }
        return same;
    }

    private void use(PageTableFormat newFormat, WalkPort newPort) {
        format = newFormat;
        port = newPort;
        batchFormat = newFormat instanceof BatchFormat batching ? batching : null;
        batchPort = newPort instanceof BatchPort batching ? batching : null;
    }
}
