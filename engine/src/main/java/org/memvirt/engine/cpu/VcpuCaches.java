package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.mmu.NestedTlbPreset;
import org.memvirt.api.mmu.Tlb;
import org.memvirt.api.mmu.WalkCachePreset;
import org.memvirt.api.mmu.WalkPort;
import org.memvirt.engine.cache.EntryCachePort;
import org.memvirt.engine.cache.NestedTranslations;
import org.memvirt.engine.cache.WalkCache;
import org.memvirt.engine.memory.HostPort;

/** Everything that one vCPU caches of translations, and how an invalidation reaches all of it. */
public final class VcpuCaches {
    private final Tlb tlb;
    private final @Nullable WalkCache prefix;
    private final @Nullable EntryCachePort entries;
    private final @Nullable NestedTranslations nested;
    private final HostPort memoryPort;
    private final WalkPort hostPort;

    public VcpuCaches(
            Tlb tlb, @Nullable WalkCachePreset walkCache, @Nullable NestedTlbPreset nestedTlb, HostPort memoryPort) {
        this.tlb = tlb;
        this.memoryPort = memoryPort;
        boolean byPrefix = walkCache != null && walkCache.kind() == WalkCachePreset.Kind.PREFIX;
        prefix = walkCache != null && byPrefix ? new WalkCache(walkCache) : null;
        entries = walkCache != null && !byPrefix ? new EntryCachePort(walkCache, memoryPort) : null;
        hostPort = entries != null ? entries : memoryPort;
        nested = nestedTlb != null ? new NestedTranslations(nestedTlb) : null;
    }

    Tlb tlb() {
        return tlb;
    }

    @Nullable WalkCache prefix() {
        return prefix;
    }

    @Nullable NestedTranslations nested() {
        return nested;
    }

    HostPort memoryPort() {
        return memoryPort;
    }

    WalkPort hostPort() {
        return hostPort;
    }

    /** Look-ups of the walk cache, by prefix or by entry: at index 0 misses, else hits by level; all 0 without one. */
    public long[] walkCacheCounts() {
        if (prefix != null) {
            return prefix.counts();
        }
        return entries != null ? entries.counts() : new long[org.memvirt.api.mmu.Walk.LEVELS];
    }

    /** Look-ups of the nested TLB: misses, hits; all 0 without one. */
    public long[] nestedTlbCounts() {
        return nested != null ? nested.counts() : new long[2];
    }

    /**
     * What the invalidation of a range of addresses of one space removes: its TLB entries, and as INVLPG does (Intel SDM
     * vol. 3, "Operations that Invalidate TLBs and Paging-Structure Caches") all paging-structure caches of the space.
     */
    void invalidateRange(int vm, int space, long address, long bytes) {
        tlb.invalidateRange(vm, space, address, bytes);
        forgetTables(space);
    }

    void invalidateSpace(int space) {
        tlb.invalidateSpace(space);
        forgetTables(space);
    }

    void invalidateVm(int vm) {
        tlb.invalidateVm(vm);
        forgetAllTables();
        if (nested != null) {
            nested.invalidateVm(vm);
        }
    }

    /** A mapping of stage 2 changed: what was combined from it cannot be told apart, and all of it goes. */
    void invalidateGuestPhysical(int vm, long gpa, long bytes) {
        tlb.invalidateVm(vm);
        forgetAllTables();
        if (nested != null) {
            nested.invalidate(vm, gpa, bytes);
        }
    }

    /** Empties everything. */
    public void invalidateAll(int vm) {
        tlb.invalidateAll();
        invalidateVm(vm);
    }

    private void forgetTables(int space) {
        if (prefix != null) {
            prefix.invalidateSpace(space);
        }
        if (entries != null) {
            entries.invalidateAll();
        }
    }

    private void forgetAllTables() {
        if (prefix != null) {
            prefix.invalidateAll();
        }
        if (entries != null) {
            entries.invalidateAll();
        }
    }
}
