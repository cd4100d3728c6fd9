package org.memvirt.engine.walkcache;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.StageTwoWalkCache;
import org.memvirt.api.walk.Walk;

/** The walk cache of second stages: tables by guest-physical prefix, tagged by owner. */
public final class StageTwoTables implements StageTwoWalkCache, GuestPhysicalCache {
    private final WalkCache tables;
    private final PageTableFormat format;

    /**
     * @param format of the second stages
     * @throws IllegalArgumentException for a preset that is not looked up by prefix
     */
    public StageTwoTables(WalkCachePreset preset, PageTableFormat format) {
        tables = new WalkCache(preset);
        this.format = format;
    }

    @Override
    public void resume(int context, Walk inner) {
        tables.resume(inner, format, context);
    }

    @Override
    public void learn(int context, Walk inner) {
        tables.learn(inner, format, context);
    }

    /** Look-ups: at index 0 those that found nothing, else hits by the level at which the walk went on; live. */
    public long[] counts() {
        return tables.counts();
    }

    public void clearCounts() {
        Arrays.fill(tables.counts(), 0);
    }

    @Override
    public void invalidate(IntPredicate owners) {
        tables.invalidate(owners);
    }

    @Override
    public void invalidate(IntPredicate owners, long gpa, long bytes) {
        tables.invalidate(owners, format, gpa, bytes);
    }
}
