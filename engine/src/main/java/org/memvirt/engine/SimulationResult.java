package org.memvirt.engine;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.vmm.TableUse;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.host.HostOperations.LogReading;
import org.memvirt.engine.host.HostOperations.MigrationRecord;

/**
 * What a run counted; the components have the names and the order that {@code --json} shows. Counts cover all passes.
 *
 * @param accesses accesses of the workload that were carried out; one that crosses a page is two
 * @param tlb by group of TLBs
 * @param walks walks of the workload's accesses that completed
 * @param walkReferences the references of those
 * @param faultingWalks walks that ended in a fault, in the same form
 * @param walkCache look-ups of the walk cache
 * @param nestedTlb look-ups of the nested TLB
 * @param stageTwoWalkCache look-ups of the walk cache of second stages, by accesses of workload and kernel alike; null without one
 * @param unmapped accesses that went by the TLBs, because hardware leaves their segment untranslated
 * @param refill what the guest's handlers of TLB exceptions did; all 0 where hardware walks page tables
 * @param pageSizes completed walks by the pair of page sizes they met: {@code 2M/4K} is 2M in stage 1 on 4K in stage 2
 * @param kernel what the guest kernel's own accesses did, which no other field includes; all 0 when its work is free
 * @param guest what the guest's kernel counted of its own work; empty unless it was given a policy of its own, split a page or
 *     killed a process
 * @param faults by who dealt with them
 * @param tables bytes of page tables at the end: the guest's, the VMM's, and the most the VMM's ever took
 * @param partitions host memory where VMs have it in one piece each; all 0 under other strategies
 * @param scheduling how vCPUs shared the cores
 * @param vms the same counts by VM, vCPU and process
 * @param exitTable exits by cause with what they are estimated to cost, the most frequent first
 * @param timeLine the same from point to point, if it was asked for
 * @param elapsedSeconds simulation alone, all passes; reading and decoding of the input apart
 * @param accessesPerSecond of the last pass
 */
public record SimulationResult(
        long accesses,
        Map<String, Lookups> tlb,
        long walks,
        References walkReferences,
        FaultingWalks faultingWalks,
        WalkCacheLookups walkCache,
        Lookups nestedTlb,
        @Nullable WalkCacheLookups stageTwoWalkCache,
        long unmapped,
        Refill refill,
        Map<String, Long> pageSizes,
        Kernel kernel,
        Map<String, Long> guest,
        Map<String, Long> faults,
        Exits exits,
        Strategy strategy,
        Map<String, Long> tables,
        Memory memory,
        Partitions partitions,
        Cycles cycles,
        Map<String, Long> scheduling,
        List<OfVm> vms,
        List<ExitsOfCause> exitTable,
        @Nullable OverTime timeLine,
        double elapsedSeconds,
        double accessesPerSecond,
        double inputSeconds,
        List<Pass> passes) {

    /** A count that results show; 0 where the result leaves its section out. */
    public long get(Count count) {
        Map<String, Long> section =
                switch (count.section()) {
                    case FAULTS -> faults;
                    case HANDLERS -> refill.byKind;
                    case REFILL -> refill.counts;
                    case SCHEDULING -> scheduling;
                    case GUEST -> guest;
                    case TABLES -> tables;
                    case MEMORY -> memory.counts;
                    case HOST -> memory.host.counts;
                    case HOST_CHANGES -> memory.host.changes;
                    case INTERNAL -> throw new IllegalArgumentException("no result shows " + count);
                };
        return section.getOrDefault(count.key(), 0L);
    }

    public record Lookups(long hits, long misses) {}

    /**
     * @param total references made
     * @param perWalk total by walks; 0 without walks
     * @param max references of the longest walk
     * @param skipped references that walk caches and the nested TLB made unnecessary
     * @param sequential references one after another: total, less those that went side by side with others
     * @param speculative references made on a guess, before the walk knew whether it needs them
     * @param misspeculated those of them that it did not need
     * @param forUpdates references that translated the address of a table entry once more, so that its accessed or dirty bit
     *     could be set: only where its translation was no longer at hand, or lacked the right
     * @param matrix references by guest level and host level; row 0 the final gPA, column 0 the guest's own entries
     */
    public record References(
            long total,
            double perWalk,
            int max,
            long skipped,
            long sequential,
            long speculative,
            long misspeculated,
            long forUpdates,
            List<List<Long>> matrix) {}

    public record FaultingWalks(long walks, References walkReferences) {}

    /**
     * @param hitsByLevel by the level at which the walk then went on; for a cache of entries, by the entry's level
     * @param misses look-ups that found nothing at any level
     */
    public record WalkCacheLookups(Map<String, Long> hitsByLevel, long misses) {}

    /**
     * Work of the guest's software that fills the TLB, for accesses of workload and kernel alike.
     *
     * @param handlers handlers that ran
     * @param byKind the same by what they answered: a miss ({@code refill}), a {@code load} or a {@code store} that met an
     *     invalid page, a store that met a clean one ({@code modify}), the load of another handler from a linear page table
     *     ({@code nested}): that one is cut short, and runs again
     * @param counts what they did, among its own components in {@code --json}
     */
    public record Refill(long handlers, Map<String, Long> byKind, Map<String, Long> counts) {}

    public record Kernel(
            long accesses, Map<String, Lookups> tlb, long walks, References walkReferences,
            FaultingWalks faultingWalks) {}

    /**
     * What the strategy of this name counted of its own, and what each of its page tables takes, of all VMs; empty for a strategy
     * that does not tell them apart.
     */
    public record Strategy(String name, Map<String, Long> counts, List<TableUse> tableUse) {}

    public record Exits(long total, Map<String, Long> byCause) {}

    /**
     * @param counts bytes of guest-physical memory that guests' kernels have handed out, and of host memory behind them; among
     *     its own components in {@code --json}
     * @param fragmentation the part of host memory behind the guest that the guest has not handed out
     * @param host what the host did with it
     */
    public record Memory(Map<String, Long> counts, double fragmentation, HostWork host) {}

    /**
     * What the host's memory manager did; in granules, the smallest pieces that it can treat apart, unless told otherwise.
     *
     * @param changes how often a strategy was told of a change, by its reason
     * @param counts what came of them, among its own components in {@code --json}
     * @param freeBySize host memory that is free, by size of the pieces
     * @param dirty granules that guests had stored to, at each reading of the log
     * @param logReadings the same where a scenario asks for it, by VM
     * @param migrations of VMs, as they came to their ends
     */
    public record HostWork(
            Map<String, Long> changes, Map<String, Long> counts, Map<String, Long> freeBySize, List<Long> dirty,
            List<LogReading> logReadings, List<MigrationRecord> migrations) {}

    /**
     * @param freeBytes host memory that no VM has, at the end of the run
     * @param largestFreeBytes the largest piece of it
     * @param externalFragmentation the part of it that lies outside that piece
     * @param unusedBytes what VMs have beyond the memory of their guests
     * @param internalFragmentation the same as a part of what they have
     * @param failedCreations VMs that found no place
     * @param failedWithRoom those of them that would have found one, were all free memory in one piece
     */
    public record Partitions(
            long freeBytes, long largestFreeBytes, double externalFragmentation, long unusedBytes,
            double internalFragmentation, long failedCreations, long failedWithRoom) {}

    public record Cycles(double total, Map<String, Double> byPart, String model) {}

    /**
     * What one VM counted; see {@link SimulationResult} for what is counted.
     *
     * @param vm its number, from 1
     * @param guestTableBytes bytes of its guest's page tables, now; likewise what follows
     */
    public record OfVm(
            int vm, long accesses, long walks, long walkReferences, Map<String, Long> faults, long exits,
            long guestTableBytes,
            long vmmTableBytes, long guestBytes, long hostBytes, List<OfVcpu> vcpus) {}

    /**
     * @param vcpu its number in its VM, from 0
     * @param lastTlbMisses look-ups of the workload that no TLB answered
     * @param processes by number; only what they did while they ran there
     */
    public record OfVcpu(
            int vcpu, long accesses, long lastTlbMisses, long walks, long walkReferences, long guestFaults, long exits,
            long worldSwitches, List<OfProcess> processes) {}

    public record OfProcess(
            int process, long accesses, long walks, long walkReferences, long guestFaults, long exits) {}

    /**
     * @param share of all exits, from 0 to 1
     * @param cycles estimated
     * @param cycleShare of those of all exits
     */
    public record ExitsOfCause(String cause, long exits, double share, double cycles, double cycleShare) {}

    /**
     * @param every accesses from one point to the next; more where a turn of a vCPU, or a step of a scenario, ends later
     * @param points in order; the last may have fewer
     */
    public record OverTime(long every, List<Point> points) {}

    /**
     * What was counted since the point before, and what there was at this one.
     *
     * @param accesses of the workload since counting began
     * @param lastTlbMisses look-ups that no TLB answered
     * @param guestTableBytes bytes of the guests' page tables
     * @param vmmTableBytes bytes of the VMM's
     * @param guestBytes guest-physical memory that guests' kernels have handed out
     * @param hostBytes host memory behind the guests
     */
    public record Point(
            long accesses, long lastTlbMisses, long walks, long walkReferences, long handlers, long guestFaults,
            long exits, long guestTableBytes, long vmmTableBytes, long guestBytes, long hostBytes) {}

    public record Pass(long accesses, double seconds) {}
}
