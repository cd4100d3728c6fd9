package org.memvirt.api.table;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

/**
 * The port of a guest's page table: the guest-physical address of each entry, and of the leaf, first walks the second
 * stage, which is read through a host port. That makes the two-dimensional walk: 24 references for 4 levels on 4. Allocates
 * nothing after construction.
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
    // By outer level; the same where no cache wants to know them all.
    private final WalkBatch[] inners = new WalkBatch[Walk.LEVELS];

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
        this.cache = cache;
        batchFormat = format instanceof BatchFormat batching ? batching : null;
        batchHost = host instanceof BatchPort batching ? batching : null;
        entryAccess = format.tableReferenceAccess();
        updateAccess = format.tableUpdateAccess();
        executesByPage = format.executesByPage();
        for (int level = 0; level < inners.length; level++) {
            inners[level] = cache == null && level > 0 ? inners[0] : WalkBatch.inner();
        }
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

    @Override
    public long readEntry(Walk walk, int level, long address) {
        if (!translate(walk, level, address, entryAccess)) {
            walk.keepFaultOf(inner, true);
            return 0;
        }
        long entry = host.readEntry(walk, level, inner.outputAddress);
        walk.hostAddressShift = inner.pageShift;
        return entry;
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return host.readEntryAt(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        // What allows the read of an entry need not allow its update, and a write must leave a dirty bit.
        if (!Rights.permit(entryAccess, updateAccess) && !translate(walk, level, address, updateAccess)) {
            walk.keepFaultOf(inner, true);
            return false;
        }
        return host.updateEntry(walk, level, hostAddress, hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        boolean ofUser = (walk.allowed & Rights.USER_EXECUTE) != 0;
        int access = executesByPage ? byPage(walk.access, ofUser) : walk.access;
        if (!translate(walk, 0, walk.outputAddress, access)) {
            walk.keepFaultOf(inner, false);
            return;
        }
        walk.outputAddress = inner.outputAddress;
        walk.stage2Shift = inner.pageShift;
        walk.pageShift = Math.min(walk.pageShift, inner.pageShift);
        walk.allowed &= executesByPage ? allowedByPage(inner.allowed, ofUser) : inner.allowed;
    }

    @Override
    public int readBatch(WalkBatch walks, int cell, long[] addresses, long[] words, int count) {
        if (batchHost == null) {
            return 0;
        }
        WalkBatch stageTwo = inners[cell >>> 3];
        System.arraycopy(addresses, 0, stageTwo.input, 0, count);
        Arrays.fill(stageTwo.access, 0, count, entryAccess);
        int plain = translateBatch(walks, cell >>> 3, count);
        return plain == 0 ? 0 : batchHost.readBatch(walks, cell, stageTwo.output, words, plain);
    }

    @Override
    public int resolveBatch(WalkBatch walks, int count) {
        WalkBatch stageTwo = inners[0];
        System.arraycopy(walks.output, 0, stageTwo.input, 0, count);
        for (int i = 0; i < count; i++) {
            boolean ofUser = (walks.allowed[i] & Rights.USER_EXECUTE) != 0;
            stageTwo.access[i] = executesByPage ? byPage(walks.access[i], ofUser) : walks.access[i];
        }
        int plain = translateBatch(walks, 0, count);
        for (int i = 0; i < plain; i++) {
            boolean ofUser = (walks.allowed[i] & Rights.USER_EXECUTE) != 0;
            walks.output[i] = stageTwo.output[i];
            walks.allowed[i] &= executesByPage ? allowedByPage(stageTwo.allowed[i], ofUser) : stageTwo.allowed[i];
        }
        walks.stage2Shift = stageTwo.pageShift;
        walks.pageShift = Math.min(walks.pageShift, stageTwo.pageShift);
        return plain;
    }

    private int translateBatch(WalkBatch walks, int outerLevel, int count) {
        if (batchFormat == null || batchHost == null || cache != null && !walks.recordsPath()) {
            return 0;
        }
        WalkBatch stageTwo = inners[outerLevel];
        stageTwo.startInside(root, outerLevel);
        int plain = batchFormat.walkBatch(stageTwo, count, batchHost);
        walks.noteStageTwo(outerLevel, stageTwo, owner, cache);
        return plain;
    }

    /**
     * A fetch as it counts where the page decides: a page that stage 1 lets the user execute is the user's. SDM vol. 3,
     * "EPT Translation Mechanism"; with paging off every address is the user's.
     */
    private static int byPage(int access, boolean ofUser) {
        int execute = ofUser ? Rights.USER_EXECUTE : Rights.SUPERVISOR_EXECUTE;
        return (access & Rights.EXECUTE) == 0 ? access : access & ~Rights.EXECUTE | execute;
    }

    private static int allowedByPage(int allowed, boolean ofUser) {
        int execute = ofUser ? Rights.USER_EXECUTE : Rights.SUPERVISOR_EXECUTE;
        return (allowed & execute) == 0 ? allowed & ~Rights.EXECUTE : allowed | Rights.EXECUTE;
    }

    private boolean translate(Walk walk, int outerLevel, long gpa, int access) {
        Walk stageTwo = inner;
        stageTwo.startInside(walk, outerLevel, root, gpa, access);
        if (cache != null && cache.find(owner, stageTwo)) {
            return true;
        }
        format.walk(stageTwo, host);
        if (!stageTwo.succeeded()) {
            return false;
        }
        if (cache != null) {
            cache.insert(owner, stageTwo);
        }
        return true;
    }
}
