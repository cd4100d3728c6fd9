package org.memvirt.engine.cpu;

import java.util.Arrays;
import org.memvirt.api.walk.Trail;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/** What a group of walks did: of the workload or of the guest kernel, completed or ended in a fault. */
public final class WalkCounts {
    /** Cells of the matrix: guest level times {@link Trail#SIDE}, plus host level. */
    public final long[] matrix;

    /** Walks that are counted here. */
    public long walks;

    /** References that caches made unnecessary in them. */
    public long skipped;

    /** References that went side by side with others. */
    public long parallel;

    /** References that were made on a guess. */
    public long speculative;

    /** References that were made on a guess which was wrong. */
    public long misspeculated;

    /** References that translated an entry's address anew for its accessed or dirty bit: {@link Trail#forUpdates}. */
    public long forUpdates;

    /** The same without caches. */
    public long uncachedForUpdates;

    /** References of the longest. */
    public int longest;

    // By offset bits in stage 1, times 64, plus offset bits in stage 2 or 0.
    private final long[] sizePairs = new long[64 * 64];

    /** @param matrix where the references are counted; the live matrix of a trail, or one of its own */
    WalkCounts(long[] matrix) {
        this.matrix = matrix;
    }

    /** Counts a walk, but for its matrix. */
    void add(Walk walk) {
        Trail trail = walk.trail;
        walks++;
        skipped += trail.skipped();
        parallel += trail.length() - trail.depth();
        if (trail.isSpecial()) {
            speculative += trail.speculative();
            misspeculated += trail.misspeculated();
            forUpdates += trail.forUpdates();
            uncachedForUpdates += trail.uncachedForUpdates();
        }
        longest = Math.max(longest, trail.length());
        if (walk.succeeded()) {
            sizePairs[walk.stage1Shift << 6 | walk.stage2Shift]++;
        }
    }

    /** Counts walks that were made side by side, with their references. */
    void add(WalkBatch plain, int number) {
        walks += number;
        longest = Math.max(longest, plain.references());
        sizePairs[plain.stage1Shift << 6 | plain.stage2Shift] += number;
        for (int i = 0; i < plain.references(); i++) {
            matrix[plain.cellOf(i)] += number;
        }
    }

    /** Counts walks that were made side by side and then taken through caches. */
    void add(WalkBatch plain, int number, WalkReplay through) {
        walks += number;
        skipped += through.skipped();
        longest = Math.max(longest, through.longest());
        sizePairs[plain.stage1Shift << 6 | plain.stage2Shift] += number;
        through.addTo(matrix, plain);
    }

    /** Adds what others have counted. */
    void add(WalkCounts other) {
        Arrays.setAll(matrix, cell -> matrix[cell] + other.matrix[cell]);
        Arrays.setAll(sizePairs, pair -> sizePairs[pair] + other.sizePairs[pair]);
        walks += other.walks;
        skipped += other.skipped;
        parallel += other.parallel;
        speculative += other.speculative;
        misspeculated += other.misspeculated;
        forUpdates += other.forUpdates;
        uncachedForUpdates += other.uncachedForUpdates;
        longest = Math.max(longest, other.longest);
    }

    /** References that were made. */
    public long references() {
        long total = 0;
        for (long cell : matrix) {
            total += cell;
        }
        return total;
    }

    /** Completed walks whose pages had these offset bits; 0 for a stage that there is not. */
    public long ofSizes(int stage1Shift, int stage2Shift) {
        return sizePairs[stage1Shift << 6 | stage2Shift];
    }

    void clear() {
        Arrays.fill(matrix, 0);
        Arrays.fill(sizePairs, 0);
        walks = 0;
        skipped = 0;
        parallel = 0;
        speculative = 0;
        misspeculated = 0;
        forUpdates = 0;
        uncachedForUpdates = 0;
        longest = 0;
    }
}
