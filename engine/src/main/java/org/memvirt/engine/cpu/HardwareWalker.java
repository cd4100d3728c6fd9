package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.BatchTlb;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.engine.walkcache.WalkCache;

/** The page walker of one core as one vCPU uses it: from the walk cache through the table to the TLB. */
final class HardwareWalker implements Refill {
    private final Vcpu vcpu;
    private final VcpuCaching caching;
    private final Core core;
    private final Tlb tlb;
    private final Walk walk;
    private final Counters counters;
    private final @Nullable WalkCache prefix;
    private final LeafPrefetcher prefetcher;
    private final @Nullable BatchWalker ahead;

    HardwareWalker(Vcpu vcpu, Core core, Walk walk, Counters counters, PhysicalMemory memory) {
        this.vcpu = vcpu;
        caching = vcpu.caching();
        this.core = core;
        this.walk = walk;
        this.counters = counters;
        tlb = core.tlb();
        prefix = core.prefix();
        prefetcher = new LeafPrefetcher(tlb, memory, core.memoryPort());
        ahead = tlb instanceof BatchTlb batching
                ? new BatchWalker(batching, counters, core.forBatches())
                : null;
    }

    @Override
    public void begin(int at) {
        prefetcher.begin(at);
    }

    @Override
    public int answer(AccessBatch batch, int at) {
        if (ahead != null && walk.trail.observer() == null) {
            int next = ahead.answer(batch.addresses[at], at, vcpu.tables(), caching.space);
            if (next != at) {
                return next;
            }
        }
        prefetcher.prepare(batch, at);
        if (!walk(batch.addresses[at], batch.kinds[at])) {
            return FAULTED;
        }
        prefetcher.learn(walk);
        tlb.insert(walk, batch.kinds[at]);
        core.noteInserted(walk, caching.space, caching.context);
        return at + 1;
    }

    /** Walks for one access; the answer is in {@link #walk}. */
    private boolean walk(long address, int needed) {
        Walk asked = walk;
        WalkedTables tables = vcpu.tables();
        PageTableFormat format = tables.formatOf(address);
        asked.start(tables.rootOf(address), address, needed);
        if (prefix != null) {
            prefix.resume(asked, format, caching.space);
            format.walk(asked, tables.port());
            prefix.learn(asked, format, caching.space);
        } else {
            format.walk(asked, tables.port());
        }
        counters.count(asked);
        if (asked.trail.observer() != null) {
            asked.trail.observer().end(asked);
        }
        return asked.fault == Fault.NONE;
    }

    @Override
    public void faulted(int needed) {
        tlb.cancelMiss(needed);
    }

    @Override
    public void mapped(long address, int needed) {
        // The access that is made again walks.
    }

    @Override
    public void again() {}

    @Override
    public void giveUp(int needed) {}

    @Override
    public void observe(@Nullable WalkObserver observer) {
        walk.trail.observe(observer);
    }
}
