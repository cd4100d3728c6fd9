package org.memvirt.vmm.shadow;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.TableFrames;

/** The memory of one shadow, counted by tables: for the shadow, for those that link it, and for the VM. */
final class CountedFrames implements TableFrames {
    private final TableFrames frames;
    private final ShadowCounts counts;
    private @Nullable ShadowTable owner;
    private int tables;

    CountedFrames(TableFrames frames, ShadowCounts counts) {
        this.frames = frames;
        this.counts = counts;
    }

    /** Counts for a shadow from now on, which has what was allocated so far. */
    void belongTo(ShadowTable shadow) {
        owner = shadow;
        shadow.grow(tables);
    }

    @Override
    public long allocate(long bytes) {
        long address = frames.allocate(bytes);
        add(1);
        return address;
    }

    @Override
    public void release(long address, long bytes) {
        frames.release(address, bytes);
        add(-1);
    }

    private void add(int more) {
        tables += more;
        counts.pages += more;
        counts.mostPages = Math.max(counts.mostPages, counts.pages);
        if (owner != null) {
            owner.grow(more);
        }
    }
}
