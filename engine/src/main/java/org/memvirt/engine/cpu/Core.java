package org.memvirt.engine.cpu;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationEffect;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationScope;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.walkcache.EntryCachePort;
import org.memvirt.engine.walkcache.GuestPhysicalCache;
import org.memvirt.engine.walkcache.NestedTranslations;
import org.memvirt.engine.walkcache.StageTwoTables;
import org.memvirt.engine.walkcache.WalkCache;

/**
 * A physical CPU, as far as memory goes: its TLBs, walk caches and nested TLB, and how an invalidation reaches all of them.
 * What is cached carries tags, so that the vCPUs which run here in turn share it as hardware has them share it.
 */
public final class Core {
    private static final PageTableFormat NO_TABLES = new Unpaged(1);

    private final int number;
    private final Tlb tlb;
    private final @Nullable WalkCache prefix;
    private final @Nullable EntryCachePort entries;
    private final @Nullable NestedTranslations nested;
    private @Nullable StageTwoTables stageTwoTables;
    private final HostPort memoryPort;
    private final WalkPort hostPort;
    private final InvalidationTable invalidations;
    private final Spaces spaces;
    private final SplinteredPages splintered = new SplinteredPages();
    // Counts of what is not there.
    private final long[] noWalkCache = new long[Walk.LEVELS];
    private final long[] noNestedTlb = new long[2];
    private final long wholeSizes;
    private final @Nullable SoftwareTlb softwareTlb;
    private @Nullable TlbSoftware lastSoftware;
    private @Nullable Vcpu occupant;
    /** Who is told of what is removed here. */
    private @Nullable LiveEntries liveEntries;

    /**
     * @param number among the machine's cores, from 0
     * @param spaces the numbers of the machine's tags, the same for all of its cores
     * @param invalidations what the architecture's operations remove
     */
    public Core(
            int number,
            Tlb tlb,
            @Nullable WalkCachePreset walkCache,
            @Nullable NestedTlbPreset nestedTlb,
            HostPort memoryPort,
            Spaces spaces,
            InvalidationTable invalidations) {
        this.number = number;
        this.tlb = tlb;
        softwareTlb = tlb instanceof SoftwareTlb filled ? filled : null;
        this.memoryPort = memoryPort;
        this.spaces = spaces;
        this.invalidations = invalidations;
        wholeSizes = tlb.wholeSizes();
        boolean byPrefix = walkCache != null && walkCache.kind() == WalkCachePreset.Kind.PREFIX;
        prefix = walkCache != null && byPrefix ? new WalkCache(walkCache) : null;
        entries = walkCache != null && !byPrefix ? new EntryCachePort(walkCache, memoryPort) : null;
        hostPort = entries != null ? entries : memoryPort;
        nested = nestedTlb != null ? new NestedTranslations(nestedTlb) : null;
    }

    /** Among the machine's cores, from 0. */
    public int number() {
        return number;
    }

    /** Who runs here now; null when nobody does. */
    public @Nullable Vcpu occupant() {
        return occupant;
    }

    /** Lets a vCPU run here, or with null nobody. */
    void occupy(@Nullable Vcpu vcpu) {
        if (vcpu != null && occupant != null) {
            throw new IllegalStateException("core %d is taken by %s".formatted(number, occupant));
        }
        occupant = vcpu;
    }

    /** The TLBs; entries are of {@link #spaces}, and global ones of their owners. */
    public Tlb tlb() {
        return tlb;
    }

    /** The same where software fills them; null where hardware does. */
    @Nullable SoftwareTlb softwareTlb() {
        return softwareTlb;
    }

    /** Accesses that went by the TLBs, because hardware does not translate them so. */
    long unmapped() {
        return softwareTlb == null ? 0 : softwareTlb.unmapped();
    }

    /** Makes the second stage's TLB, where software fills it, take what follows for this VM's. */
    void selectVm(int vmTag) {
        SoftwareTlb below = softwareTlb == null ? null : softwareTlb.stageTwo();
        if (below != null) {
            below.selectTag(vmTag);
        }
    }

    /** Whether hardware of one stage takes the address for physical as it is. */
    boolean isUntranslated(long address, int needed) {
        return softwareTlb != null && softwareTlb.stageTwo() == null && softwareTlb.isUnmapped(address, needed);
    }

    /** Whose entries the TLB has that software fills: of the vCPU that ran here last. */
    @Nullable TlbSoftware lastSoftware() {
        return lastSoftware;
    }

    void lastSoftware(TlbSoftware software) {
        lastSoftware = software;
    }

    /** The paging-structure caches, or null; tables are of {@link #spaces}. */
    public @Nullable WalkCache prefix() {
        return prefix;
    }

    /** The nested TLB, or null; translations are of {@link #spaces} owners. */
    public @Nullable NestedTranslations nested() {
        return nested;
    }

    /** Has it cache tables of second stages of that format from now on; null for neither. */
    public void cacheStageTwoTables(@Nullable WalkCachePreset preset, @Nullable PageTableFormat stageTwo) {
        stageTwoTables = preset == null || stageTwo == null ? null : new StageTwoTables(preset, stageTwo);
    }

    /** The walk cache of second stages, or null; tables are of {@link #spaces} owners. */
    public @Nullable StageTwoTables stageTwoTables() {
        return stageTwoTables;
    }

    /**
     * Look-ups of the walk caches of second stages of these cores, for all accesses, those of kernels included: at index 0
     * misses, else hits by level; all 0 without one.
     */
    public static long[] stageTwoTableCounts(List<Core> cores) {
        long[] sum = new long[Walk.LEVELS];
        for (Core core : cores) {
            StageTwoTables tables = core.stageTwoTables;
            if (tables != null) {
                Arrays.setAll(sum, level -> sum[level] + tables.counts()[level]);
            }
        }
        return sum;
    }

    /** Forgets the counts of what is counted here alone. */
    public void clearCounts() {
        if (stageTwoTables != null) {
            stageTwoTables.clearCounts();
        }
    }

    /** The numbers under which things are cached. */
    public Spaces spaces() {
        return spaces;
    }

    /** The caches of walks, as walks go through them that were made side by side; null if there are none. */
    @Nullable WalkReplay forBatches() {
        if (entries != null) {
            return new EntryCacheReplay(entries.replay(), nested);
        }
        return prefix == null && nested == null ? null : new CacheReplay(prefix, nested);
    }

    /** What it reads of tables, and what it then removes from its caches, is noted from now on. */
    void watch(LiveEntries entries) {
        liveEntries = entries;
        memoryPort.listen(entries);
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
        return entries != null ? entries.counts() : noWalkCache;
    }

    /** Look-ups of the nested TLB: misses, hits; all 0 without one. */
    public long[] nestedTlbCounts() {
        return nested != null ? nested.counts() : noNestedTlb;
    }

    /** Notes that the TLB has just been given the answer of this walk; see {@link SplinteredPages}. */
    public void noteInserted(Walk walk, int space, int owner) {
        if (walk.pageShift < walk.stage1Shift || (wholeSizes >>> walk.stage1Shift & 1) == 0) {
            splintered.note(walk.inputAddress, walk.stage1Shift, walk.global ? owner : space, walk.global);
        }
    }

    /** Removes what the architecture says goes then. */
    public void happens(InvalidationEvent event, CacheTags current, Operand operand, PageTableFormat format) {
        invalidate(invalidations.rule(event), current, operand, format);
    }

    /** The same for an operation of nobody's that names no address. */
    void happens(InvalidationEvent event, Operand operand) {
        invalidate(invalidations.rule(event), operand.given(), operand, NO_TABLES);
        SoftwareTlb below = softwareTlb == null ? null : softwareTlb.stageTwo();
        if (event == InvalidationEvent.ALL_VMS && below != null) {
            below.invalidateAll();
        }
    }

    /** The VMM's software removes a range of gPAs of one VM from a second stage's TLB that it fills. */
    void forgetGuestPhysical(int vmTag, long gpa, long bytes) {
        SoftwareTlb below = softwareTlb == null ? null : softwareTlb.stageTwo();
        if (below == null) {
            return;
        }
        SoftwareTlb.Entry entry = new SoftwareTlb.Entry();
        SoftwareTlb.Entry nothing = new SoftwareTlb.Entry();
        for (int index = 0; index < below.entries(); index++) {
            below.read(index, entry);
            long covered = (below.pairs() ? 2L : 1L) << entry.pageShift;
            if (entry.present && entry.tag == vmTag && entry.address < gpa + bytes && gpa < entry.address + covered) {
                below.write(index, nothing);
            }
        }
    }

    /**
     * Carries one operation out: removes what its rule says.
     *
     * <p>A cache of table entries by their place in memory does not know whose they are, nor which of them are leaves of large
     * pages, so it loses all as soon as any table or translation goes.
     *
     * @param current the tags in use
     * @param format whose tables the walk caches hold
     */
    public void invalidate(InvalidationRule rule, CacheTags current, Operand operand, PageTableFormat format) {
        for (InvalidationEffect removal : rule.removals()) {
            Reached reached = new Reached(spaces, removal, current, operand.given());
            invalidateTranslations(removal.translations(), reached, operand);
            invalidateTables(removal.tables(), reached, operand, format);
            invalidateEntries(removal);
            if (liveEntries != null) {
                liveEntries.removed(removal, current, operand);
            }
            if (stageTwoTables != null && removal.kinds().contains(MappingKind.STAGE_2)) {
                invalidateStageTwo(stageTwoTables, removal.tables(), reached, operand);
            }
            if (nested != null && removal.kinds().contains(MappingKind.STAGE_2)) {
                invalidateStageTwo(nested, removal.translations(), reached, operand);
            }
        }
    }

    /** Which spaces and owners a removal reaches. */
    private record Reached(Spaces spaces, InvalidationEffect removal, CacheTags current, CacheTags given)
            implements Tlb.Target {
        @Override
        public boolean includeSpace(int space) {
            return removal.reaches(spaces.tagsOfSpace(space), current, given);
        }

        @Override
        public boolean includeGlobalsOf(int owner) {
            return removal.reachesGlobals(spaces.tagsOfOwner(owner), current, given);
        }

        boolean includesStageTwoOf(int owner) {
            return removal.reachesStageTwo(spaces.tagsOfOwner(owner), current, given);
        }
    }

    private void invalidateTranslations(InvalidationScope extent, Reached reached, Operand operand) {
        if (extent == InvalidationScope.ALL) {
            tlb.invalidate(reached);
            splintered.forget(reached);
        } else if (extent != InvalidationScope.NONE && operand.bytes() != 0) {
            if (extent == InvalidationScope.OF_PAGE) {
                splintered.invalidate(tlb, reached, operand.address(), operand.bytes());
            }
            tlb.invalidate(reached, operand.address(), operand.bytes());
        }
    }

    /** Forgets the table entries that are cached by their place in memory. */
    void forgetEntries() {
        if (entries != null) {
            entries.invalidateAll();
        }
    }

    private void invalidateEntries(InvalidationEffect removal) {
        boolean removes =
                removal.tables() != InvalidationScope.NONE || removal.translations() != InvalidationScope.NONE;
        if (removes) {
            forgetEntries();
        }
    }

    private void invalidateTables(InvalidationScope extent, Reached reached, Operand operand, PageTableFormat format) {
        if (prefix == null) {
            return;
        }
        if (extent == InvalidationScope.ALL) {
            prefix.invalidate(reached::includeSpace);
        } else if (extent != InvalidationScope.NONE && operand.bytes() != 0) {
            prefix.invalidate(reached::includeSpace, format, operand.address(), operand.bytes());
        }
    }

    private static void invalidateStageTwo(
            GuestPhysicalCache cache, InvalidationScope extent, Reached reached, Operand operand) {
        if (extent == InvalidationScope.ALL) {
            cache.invalidate(reached::includesStageTwoOf);
        } else if (extent != InvalidationScope.NONE && operand.guestPhysicalBytes() != 0) {
            cache.invalidate(reached::includesStageTwoOf, operand.guestPhysical(), operand.guestPhysicalBytes());
        }
    }

    /** Empties everything. */
    public void invalidateAll() {
        tlb.invalidateAll();
        splintered.clear();
        if (prefix != null) {
            prefix.invalidateAll();
        }
        if (entries != null) {
            entries.invalidateAll();
        }
        if (nested != null) {
            nested.invalidate(owner -> true);
        }
        if (stageTwoTables != null) {
            stageTwoTables.invalidate(owner -> true);
        }
        if (liveEntries != null) {
            liveEntries.removedAll();
        }
    }
}
