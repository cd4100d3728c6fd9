package org.memvirt.engine.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/**
 * Everything that one vCPU counts. What the guest kernel's own accesses add is kept apart: when its work ends, the growth
 * of each counter since it began is moved to the kernel's side.
 */
public final class Tally {
    /** Accesses of the workload that were carried out. */
    long accesses;

    /** Accesses of the guest kernel that were carried out. */
    long kernelAccesses;

    /** Faults of stage 2, or of a partition's bound, whoever's access met them. */
    long stageTwoFaults;

    /** Stage-1 faults that the VMM mended without the guest's knowledge. */
    long hiddenFaults;

    /** Stage-1 faults that reached the guest kernel. */
    long guestFaults;

    /** Those of them that came through the VMM. */
    long injectedFaults;

    /** Exits to the VMM. */
    public final ExitLedger exits = new ExitLedger();

    /** Walks of the workload that completed; its matrix is the trail's own, so that a walk need not be copied. */
    public final WalkCounts walks;

    /** Walks of the workload that faulted. */
    public final WalkCounts faultingWalks;

    /** Walks of the guest kernel that completed. */
    public final WalkCounts kernelWalks;

    /** Walks of the guest kernel that faulted. */
    public final WalkCounts kernelFaultingWalks;

    private final List<Tlb.Counts> tlb;
    private final List<Tlb.Counts> kernelTlb = new ArrayList<>();
    private final long[] walkCache;
    private final long[] nestedTlb;
    private final long[] atEntry;
    private final long[] matrix;
    private int kernelDepth;

    Tally(VcpuCaches caches, long[] matrix) {
        this.matrix = matrix;
        walks = new WalkCounts(matrix);
        faultingWalks = new WalkCounts(new long[matrix.length]);
        kernelWalks = new WalkCounts(new long[matrix.length]);
        kernelFaultingWalks = new WalkCounts(new long[matrix.length]);
        tlb = caches.tlb().counts();
        tlb.forEach(counts -> kernelTlb.add(new Tlb.Counts(counts.group)));
        walkCache = caches.walkCacheCounts();
        nestedTlb = caches.nestedTlbCounts();
        atEntry = new long[1 + 2 * tlb.size() + walkCache.length + nestedTlb.length];
    }

    void count(Walk walk) {
        boolean kernel = kernelDepth > 0;
        WalkCounts counts;
        if (walk.succeeded()) {
            counts = kernel ? kernelWalks : walks;
        } else {
            counts = kernel ? kernelFaultingWalks : faultingWalks;
        }
        counts.add(walk);
        if (counts.matrix != matrix) {
            walk.trail.moveTo(counts.matrix);
        }
    }

    /** Counts the first {@code number} of walks that were made side by side. */
    void count(WalkBatch plain, int number) {
        (kernelDepth > 0 ? kernelWalks : walks).add(plain, number);
    }

    /** The same for walks that were then taken through caches. */
    void count(WalkBatch plain, int number, WalksThroughCaches through) {
        (kernelDepth > 0 ? kernelWalks : walks).add(plain, number, through);
    }

    void enterKernel() {
        if (kernelDepth++ == 0) {
            int at = 0;
            atEntry[at++] = accesses;
            for (Tlb.Counts counts : tlb) {
                atEntry[at++] = counts.hits;
                atEntry[at++] = counts.misses;
            }
            System.arraycopy(walkCache, 0, atEntry, at, walkCache.length);
            System.arraycopy(nestedTlb, 0, atEntry, at + walkCache.length, nestedTlb.length);
        }
    }

    void leaveKernel() {
        if (--kernelDepth == 0) {
            int at = 0;
            kernelAccesses += accesses - atEntry[at];
            accesses = atEntry[at++];
            for (int group = 0; group < tlb.size(); group++) {
                Tlb.Counts counts = tlb.get(group);
                Tlb.Counts kernel = kernelTlb.get(group);
                kernel.hits += counts.hits - atEntry[at];
                counts.hits = atEntry[at++];
                kernel.misses += counts.misses - atEntry[at];
                counts.misses = atEntry[at++];
            }
            System.arraycopy(atEntry, at, walkCache, 0, walkCache.length);
            System.arraycopy(atEntry, at + walkCache.length, nestedTlb, 0, nestedTlb.length);
        }
    }

    /** Sets every count to 0; nothing that is cached changes. */
    public void clear() {
        accesses = 0;
        kernelAccesses = 0;
        stageTwoFaults = 0;
        hiddenFaults = 0;
        guestFaults = 0;
        injectedFaults = 0;
        exits.clear();
        walks.clear();
        faultingWalks.clear();
        kernelWalks.clear();
        kernelFaultingWalks.clear();
        for (List<Tlb.Counts> side : List.of(tlb, kernelTlb)) {
            for (Tlb.Counts counts : side) {
                counts.hits = 0;
                counts.misses = 0;
            }
        }
        Arrays.fill(walkCache, 0);
        Arrays.fill(nestedTlb, 0);
    }

    public long accesses() {
        return accesses;
    }

    public long kernelAccesses() {
        return kernelAccesses;
    }

    public long stageTwoFaults() {
        return stageTwoFaults;
    }

    public long hiddenFaults() {
        return hiddenFaults;
    }

    public long guestFaults() {
        return guestFaults;
    }

    public long injectedFaults() {
        return injectedFaults;
    }

    /** The workload's look-ups by group of TLBs; live. */
    public List<Tlb.Counts> tlb() {
        return tlb;
    }

    /** The guest kernel's look-ups by group of TLBs; live. */
    public List<Tlb.Counts> kernelTlb() {
        return kernelTlb;
    }

    /** Look-ups of the walk cache: misses at index 0, else hits by level; live. */
    public long[] walkCache() {
        return walkCache;
    }

    /** Look-ups of the nested TLB: misses, hits; live. */
    public long[] nestedTlb() {
        return nestedTlb;
    }
}
