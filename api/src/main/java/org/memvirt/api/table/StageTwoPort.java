package org.memvirt.api.table;

import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.StageTwoWalkCache;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

/**
 * The port of a guest's page table: the guest-physical address of each entry, and of the leaf, first walks the second
 * stage, which is read through a host port. That makes the two-dimensional walk: 24 references for 4 levels on 4. Allocates
 * nothing after construction.
 *
 * <p>A write of an accessed or dirty bit needs the second stage's right to write, which the translation that found the entry
 * tells (Intel SDM vol. 3, "EPT Violations": such writes are data writes, and the entries that translated the address decide;
 * AMD APM vol. 2, "Nested Table Walk": reads of a guest's table count as writes already). So it costs no further references
 * while that translation is at hand; see {@link org.memvirt.api.walk.Trail#forUpdates}.
 */
public final class StageTwoPort implements BatchPort {
    private final PageTableFormat format;
    private final WalkPort host;
    // The format and the port again, where they can make walks side by side; null where one of them cannot.
    private final @Nullable BatchFormat batchFormat;
    private final @Nullable BatchPort batchHost;
    private final @Nullable NestedTlb cache;
    private final int entryAccess;
    private final int updateAccess;
    private final boolean executesByPage;
    private int owner;
    private long root;
    private final Walk inner = Walk.inner();
    // Who is told of stores, and how stage 2 is read meanwhile.
    private @Nullable LongConsumer stores;
    private @Nullable StageTwoWalkCache tables;
    private final StoreWatch watch;
    // By outer level, where somebody wants to know them all; else the first serves for all.
    private final @Nullable WalkBatch[] inners = new WalkBatch[Walk.LEVELS];

    /** A port without a cache of second-stage translations. */
    public StageTwoPort(TableRoot stageTwo, WalkPort host) {
        this(0, stageTwo.format(), stageTwo.root(), host, null);
    }

    /**
     * @param owner what the cache keeps its translations under
     * @param root of the second-stage table
     * @param host reads the second stage's entries
     * @param cache asked before each second-stage walk; null for none
     */
    public StageTwoPort(int owner, PageTableFormat format, long root, WalkPort host, @Nullable NestedTlb cache) {
        this.owner = owner;
        this.format = format;
        this.root = root;
        this.host = host;
        watch = new StoreWatch(host);
        this.cache = cache;
        batchFormat = format instanceof BatchFormat batching ? batching : null;
        batchHost = host instanceof BatchPort batching ? batching : null;
        entryAccess = format.tableReferenceAccess();
        updateAccess = format.tableUpdateAccess();
        executesByPage = format.executesByPage();
    }

    /**
     * Walks the second stage from another root from now on: a table that grows may have to move. What is cached of the old
     * one is the caller's business.
     *
     * @param newOwner what the cache keeps the translations of the table under
     */
    public void moveRoot(int newOwner, long newRoot) {
        owner = newOwner;
        root = newRoot;
    }

    /** Has walks of stage 2 begin where this cache knows a table, from now on; walks are no more made side by side. */
    public void useWalkCache(@Nullable StageTwoWalkCache cacheOfTables) {
        tables = cacheOfTables;
        inner.recordsTables = cacheOfTables != null;
    }

    /**
     * Tells of stores from now on, as hardware does that logs them: the gPA of each access with the right to write whose walk
     * of stage 2 sets a mark there. Where the dirty bit is clear, that is so.
     *
     * @param log null to end it
     */
    public void noteStores(@Nullable LongConsumer log) {
        stores = log;
    }

    /** Reads stage 2 and remembers whether a walk has written to it. */
    private static final class StoreWatch extends ForwardingPort {
        boolean updated;

        StoreWatch(WalkPort host) {
            super(host);
        }

        @Override
        public boolean updateEntry(
                Walk walk, int level, long address, long hostAddress, long expected, long update) {
            updated = true;
            return super.updateEntry(walk, level, address, hostAddress, expected, update);
        }
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        if (!translate(walk, level, address, entryAccess)) {
            walk.keepFaultOf(inner, true);
            return 0;
        }
        walk.keepEntryRights(address, inner.allowed);
        long entry = host.readEntry(walk, level, inner.outputAddress);
        walk.hostAddressShift = inner.pageShift;
        return entry;
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return host.readEntryAt(walk, level, hostAddress);
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        if (hostAddress != Walk.NOWHERE) {
            return host.readWideEntry(walk, level, hostAddress, hostAddress, words);
        }
        if (!translate(walk, level, address, entryAccess)) {
            walk.keepFaultOf(inner, true);
            Arrays.fill(walk.words, 0, words, 0);
            return 0;
        }
        walk.keepEntryRights(address, inner.allowed);
        long first = host.readWideEntry(walk, level, inner.outputAddress, inner.outputAddress, words);
        walk.hostAddressShift = inner.pageShift;
        return first;
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        if (!Rights.permit(entryAccess, updateAccess)
                && !Rights.permit(walk.entryRights(address), updateAccess)
                && !translateForUpdate(walk, level, address)) {
            walk.keepFaultOf(inner, true);
            return false;
        }
        return host.updateEntry(walk, level, hostAddress, hostAddress, expected, update);
    }

    /**
     * Translates the address of an entry again, because its translation is not at hand, or does not allow the update: then
     * for the fault, or for the dirty bit that a write must leave in stage 2.
     */
    private boolean translateForUpdate(Walk walk, int level, long address) {
        int made = walk.trail.length();
        int uncached = walk.trail.uncached();
        boolean allowed = translate(walk, level, address, updateAccess);
        walk.trail.translatedForUpdate(walk.trail.length() - made, walk.trail.uncached() - uncached);
        return allowed;
    }

    @Override
    public void resolveLeaf(Walk walk) {
        int ofStageOne = walk.allowed;
        if (!translate(walk, 0, walk.outputAddress, neededBelow(walk.access, ofStageOne))) {
            walk.keepFaultOf(inner, false);
            return;
        }
        walk.outputAddress = inner.outputAddress;
        walk.stage2Shift = inner.pageShift;
        walk.pageShift = Math.min(walk.pageShift, inner.pageShift);
        walk.allowed = allowedByBoth(ofStageOne, inner.allowed);
    }

    @Override
    public int readBatch(WalkBatch walks, int cell, long[] addresses, long[] words, int count) {
        if (batchHost == null) {
            return 0;
        }
        int outerLevel = cell >>> 3;
        WalkBatch stageTwo = inner(walks, outerLevel);
        System.arraycopy(addresses, 0, stageTwo.input, 0, count);
        Arrays.fill(stageTwo.access, 0, count, entryAccess);
        int plain = translateBatch(walks, outerLevel, count);
        return plain == 0 ? 0 : batchHost.readBatch(walks, cell, stageTwo.output, words, plain);
    }

    @Override
    public int resolveBatch(WalkBatch walks, int count) {
        WalkBatch stageTwo = inner(walks, 0);
        System.arraycopy(walks.output, 0, stageTwo.input, 0, count);
        for (int i = 0; i < count; i++) {
            stageTwo.access[i] = neededBelow(walks.access[i], walks.allowed[i]);
        }
        int plain = translateBatch(walks, 0, count);
        System.arraycopy(stageTwo.output, 0, walks.output, 0, plain);
        for (int i = 0; i < plain; i++) {
            walks.allowed[i] = allowedByBoth(walks.allowed[i], stageTwo.allowed[i]);
        }
        walks.stage2Shift = stageTwo.pageShift;
        walks.pageShift = Math.min(walks.pageShift, stageTwo.pageShift);
        return plain;
    }

    private WalkBatch inner(WalkBatch walks, int outerLevel) {
        int level = walks.recordsPath() ? outerLevel : 0;
        WalkBatch batch = inners[level];
        if (batch == null) {
            batch = WalkBatch.inner();
            inners[level] = batch;
        }
        return batch;
    }

    /** Makes the stage-2 walks whose addresses and rights were written. */
    private int translateBatch(WalkBatch walks, int outerLevel, int count) {
        if (batchFormat == null || batchHost == null || tables != null || cache != null && !walks.recordsPath()) {
            return 0;
        }
        WalkBatch stageTwo = inner(walks, outerLevel);
        stageTwo.startInside(root, outerLevel);
        int plain = batchFormat.walkBatch(stageTwo, count, batchHost);
        walks.noteStageTwo(outerLevel, stageTwo, owner, cache);
        return plain;
    }

    /**
     * What an access to a page that stage 1 allows so much needs of stage 2. A fetch counts there as what it is; where the page
     * decides, as one from the page's side: a page that stage 1 lets the user execute is the user's. SDM vol. 3, "EPT
     * Translation Mechanism"; with paging off every address is the user's.
     */
    private int neededBelow(int access, int ofStageOne) {
        return executesByPage && (access & Rights.EXECUTE) != 0
                ? access & ~Rights.EXECUTE | fetchFrom(ofStageOne)
                : access;
    }

    /** What a page allows by what each stage does. */
    private int allowedByBoth(int ofStageOne, int ofStageTwo) {
        if (!executesByPage) {
            return ofStageOne & ofStageTwo;
        }
        boolean executes = (ofStageTwo & fetchFrom(ofStageOne)) != 0;
        return ofStageOne & (executes ? ofStageTwo | Rights.EXECUTE : ofStageTwo & ~Rights.EXECUTE);
    }

    /** The right to fetch from a page that is the user's, or the supervisor's, as stage 1 allows it. */
    private static int fetchFrom(int ofStageOne) {
        return (ofStageOne & Rights.USER_EXECUTE) != 0 ? Rights.USER_EXECUTE : Rights.SUPERVISOR_EXECUTE;
    }

    private boolean translate(Walk walk, int outerLevel, long gpa, int access) {
        Walk stageTwo = inner;
        stageTwo.startInside(walk, outerLevel, root, gpa, access);
        if (cache != null && cache.find(owner, stageTwo)) {
            return true;
        }
        StageTwoWalkCache known = tables;
        if (known != null) {
            known.resume(owner, stageTwo);
        }
        LongConsumer log = stores;
        if (log != null && (access & Rights.WRITE) != 0) {
            watch.updated = false;
            format.walk(stageTwo, watch);
            if (stageTwo.succeeded() && watch.updated) {
                log.accept(gpa);
            }
        } else {
            format.walk(stageTwo, host);
        }
        if (known != null) {
            known.learn(owner, stageTwo);
        }
        if (!stageTwo.succeeded()) {
            return false;
        }
        if (cache != null) {
            cache.insert(owner, stageTwo);
        }
        return true;
    }
}
