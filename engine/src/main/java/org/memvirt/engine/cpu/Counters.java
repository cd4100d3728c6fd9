package org.memvirt.engine.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.walk.Trail;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;

/**
 * Everything that one vCPU counts, on whatever core it runs. A core's caches count for whoever uses them; what they count
 * while the vCPU runs there is its own, and of that what they count while the guest kernel works is the kernel's.
 */
public final class Counters {
    /** Walks of the workload that completed; its matrix is the trail's own, so that a walk need not be copied. */
    public final WalkCounts walks;

    /** Walks of the workload that faulted. */
    public final WalkCounts faultingWalks;

    /** Walks of the guest kernel that completed. */
    public final WalkCounts kernelWalks;

    /** Walks of the guest kernel that faulted. */
    public final WalkCounts kernelFaultingWalks;

    /** Walks that the VMM's software made, of whatever table, completed or not. */
    public final WalkCounts vmmWalks;

    /** All that {@link Count} lists and a vCPU counts. */
    public final Counts counts = new Counts();

    /** Exits to the VMM. */
    public final ExitLedger exits = new ExitLedger();

    private final Side workload;
    private final Side kernel;
    private Side current;
    private final long[] matrix;
    private @Nullable Core core;
    // What the core's caches had counted when the current side began to count, in the order of fold().
    private final long[] mark;
    private int kernelDepth;

    /** What the workload or the kernel counted. */
    private static final class Side {
        long accesses;
        long unmapped;
        final List<Tlb.Counts> tlb = new ArrayList<>();
        final long[] walkCache;
        final long[] nestedTlb;

        Side(Core like) {
            like.tlb().counts().forEach(counts -> tlb.add(new Tlb.Counts(counts.group, counts.level)));
            walkCache = new long[like.walkCacheCounts().length];
            nestedTlb = new long[like.nestedTlbCounts().length];
        }

        void add(Side other) {
            accesses += other.accesses;
            unmapped += other.unmapped;
            for (int group = 0; group < tlb.size(); group++) {
                tlb.get(group).hits += other.tlb.get(group).hits;
                tlb.get(group).misses += other.tlb.get(group).misses;
            }
            Arrays.setAll(walkCache, i -> walkCache[i] + other.walkCache[i]);
            Arrays.setAll(nestedTlb, i -> nestedTlb[i] + other.nestedTlb[i]);
        }

        void clear() {
            accesses = 0;
            unmapped = 0;
            for (Tlb.Counts counts : tlb) {
                counts.hits = 0;
                counts.misses = 0;
            }
            Arrays.fill(walkCache, 0);
            Arrays.fill(nestedTlb, 0);
        }
    }

    /**
     * @param like a core; all that the vCPU runs on have caches of the same shape
     * @param matrix the live matrix of the vCPU's walks
     */
    Counters(Core like, long[] matrix) {
        this.matrix = matrix;
        walks = new WalkCounts(matrix);
        faultingWalks = new WalkCounts(new long[matrix.length]);
        kernelWalks = new WalkCounts(new long[matrix.length]);
        kernelFaultingWalks = new WalkCounts(new long[matrix.length]);
        vmmWalks = new WalkCounts(new long[matrix.length]);
        workload = new Side(like);
        kernel = new Side(like);
        current = workload;
        mark = new long[2 * workload.tlb.size() + workload.walkCache.length + workload.nestedTlb.length + 1];
    }

    /** What several vCPUs have counted together, as of now. */
    public static Counters sum(Core like, List<Counters> all) {
        Counters sum = new Counters(like, new long[Trail.SIDE * Trail.SIDE]);
        for (Counters each : all) {
            each.fold();
            sum.workload.add(each.workload);
            sum.kernel.add(each.kernel);
            sum.walks.add(each.walks);
            sum.faultingWalks.add(each.faultingWalks);
            sum.kernelWalks.add(each.kernelWalks);
            sum.kernelFaultingWalks.add(each.kernelFaultingWalks);
            sum.vmmWalks.add(each.vmmWalks);
            sum.counts.add(each.counts);
            sum.exits.add(each.exits);
        }
        return sum;
    }

    /** Counts accesses of whoever works now. */
    void addAccesses(int number) {
        current.accesses += number;
    }

    /** Counts one that the VMM carried out. */
    void addEmulated() {
        current.accesses++;
        counts.add(kernelDepth > 0 ? Count.KERNEL_EMULATED : Count.EMULATED);
    }

    void count(Walk walk) {
        WalkCounts counts;
        if (walk.succeeded()) {
            counts = kernelDepth > 0 ? kernelWalks : walks;
        } else {
            counts = kernelDepth > 0 ? kernelFaultingWalks : faultingWalks;
        }
        counts.add(walk);
        if (counts.matrix != matrix) {
            walk.trail.moveTo(counts.matrix);
        }
    }

    /** Counts a walk that the VMM's software made; its trail is not the vCPU's. */
    void countSoftware(Walk walk) {
        vmmWalks.add(walk);
        Trail trail = walk.trail;
        for (int i = 0; i < trail.length(); i++) {
            vmmWalks.matrix[trail.cell(i)]++;
        }
    }

    /** Counts the first {@code number} of walks that were made as a batch. */
    void count(WalkBatch batch, int number) {
        (kernelDepth > 0 ? kernelWalks : walks).add(batch, number);
    }

    /** Counts walks that were made as a batch and then taken through caches. */
    void count(WalkBatch batch, int number, WalkReplay through) {
        (kernelDepth > 0 ? kernelWalks : walks).add(batch, number, through);
    }

    /** What the core's caches count from now on is this vCPU's. */
    void enter(Core entered) {
        counts.add(Count.CORE_ENTRIES);
        core = entered;
        read(entered, mark);
    }

    /** What they count from now on is another's. */
    void leave() {
        fold();
        core = null;
    }

    /** Begins the kernel's work; returns whether the vCPU was not in the kernel already. */
    boolean enterKernel() {
        if (kernelDepth++ > 0) {
            return false;
        }
        fold();
        current = kernel;
        return true;
    }

    /** Ends it; returns whether the vCPU has left the kernel by that. */
    boolean leaveKernel() {
        if (--kernelDepth > 0) {
            return false;
        }
        fold();
        current = workload;
        return true;
    }

    private static void read(Core from, long[] into) {
        int at = 0;
        List<Tlb.Counts> tlb = from.tlb().counts();
        for (int group = 0; group < tlb.size(); group++) {
            into[at++] = tlb.get(group).hits;
            into[at++] = tlb.get(group).misses;
        }
        long[] walkCache = from.walkCacheCounts();
        System.arraycopy(walkCache, 0, into, at, walkCache.length);
        long[] nestedTlb = from.nestedTlbCounts();
        System.arraycopy(nestedTlb, 0, into, at + walkCache.length, nestedTlb.length);
        into[into.length - 1] = from.unmapped();
    }

    /** Adds what the core's caches have counted since the mark to the current side, and moves the mark. */
    private void fold() {
        if (core == null) {
            return;
        }
        int at = 0;
        List<Tlb.Counts> tlb = core.tlb().counts();
        for (int group = 0; group < tlb.size(); group++) {
            Tlb.Counts counts = current.tlb.get(group);
            counts.hits += tlb.get(group).hits - mark[at++];
            counts.misses += tlb.get(group).misses - mark[at++];
        }
        at = add(core.walkCacheCounts(), current.walkCache, at);
        add(core.nestedTlbCounts(), current.nestedTlb, at);
        current.unmapped += core.unmapped() - mark[mark.length - 1];
        read(core, mark);
    }

    private int add(long[] live, long[] counts, int markedFrom) {
        for (int i = 0; i < live.length; i++) {
            counts[i] += live[i] - mark[markedFrom + i];
        }
        return markedFrom + live.length;
    }

    /** Sets every count to 0; nothing that is cached changes. */
    public void clear() {
        fold();
        workload.clear();
        kernel.clear();
        counts.clear();
        exits.clear();
        List.of(walks, faultingWalks, kernelWalks, kernelFaultingWalks, vmmWalks).forEach(WalkCounts::clear);
    }

    /** Accesses of the workload that were carried out. */
    public long accesses() {
        return workload.accesses;
    }

    /** Accesses of the guest kernel that were carried out. */
    public long kernelAccesses() {
        return kernel.accesses;
    }

    /** Accesses of the workload that went by the TLBs; each is among {@link #accesses}. */
    public long unmapped() {
        fold();
        return workload.unmapped;
    }

    /** The same of the guest kernel. */
    public long kernelUnmapped() {
        fold();
        return kernel.unmapped;
    }

    public long get(Count count) {
        return counts.get(count);
    }

    /** The workload's look-ups by group of TLBs, until now. */
    public List<Tlb.Counts> tlb() {
        fold();
        return workload.tlb;
    }

    /** The guest kernel's look-ups by group of TLBs, until now. */
    public List<Tlb.Counts> kernelTlb() {
        fold();
        return kernel.tlb;
    }

    /** The workload's look-ups of the walk cache, until now: misses at index 0, else hits by level. */
    public long[] walkCache() {
        fold();
        return workload.walkCache;
    }

    /** The workload's look-ups of the nested TLB, until now: misses, hits. */
    public long[] nestedTlb() {
        fold();
        return workload.nestedTlb;
    }
}
