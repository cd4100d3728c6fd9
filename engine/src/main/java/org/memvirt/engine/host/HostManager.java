package org.memvirt.engine.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostMemory;

/**
 * Does with the host's memory what a policy says: makes room when little is free, before a VMM answers a fault, and goes on with
 * its work in the background from time to time.
 */
public final class HostManager {
    private static final long GRANULES_KEPT = 64;
    private static final int SHARE_KEPT = 64;
    private static final int MERGED_A_TURN = 1 << 12;
    private static final int COLLAPSED_A_TURN = 64;

    private final HostMemory host;
    private final HostPolicy policy;
    private final Swap swap;
    private final PageMerger merger;
    private final Compactor compactor;
    private final Collapser collapser;
    private final List<Balloon> balloons = new ArrayList<>();
    private final Map<Backing, DirtyLog> logs = new LinkedHashMap<>();
    private final List<Long> rounds = new ArrayList<>();
    private final HostOperations operations;
    private long keepFree;
    private long sinceTurn;

    public HostManager(HostMemory host, HostPolicy policy) {
        this.host = host;
        this.policy = policy;
        swap = new Swap(host);
        merger = new PageMerger(host, MERGED_A_TURN);
        compactor = new Compactor(host);
        collapser = new Collapser(host, compactor, COLLAPSED_A_TURN);
        operations = new HostOperations(host, policy, swap, merger, compactor, collapser, balloons);
    }

    /** What it does when it is told to. */
    public HostOperations operations() {
        return operations;
    }

    /** A guest is about to be backed. */
    public void add(Backing backing) {
        if (!policy.reclaims().isEmpty()) {
            long pieces = backing.pieces().isTransparent() ? 0 : 2L << backing.pieces().largestShift();
            long granules = GRANULES_KEPT << backing.granuleShift();
            long share = host.frames().capacity() / SHARE_KEPT;
            keepFree = Math.max(keepFree, Math.max(pieces, Math.max(granules, share)));
            host.keepFree(keepFree, this::reclaim);
        }
    }

    /** Names the kernel of a guest that may be asked for pages. */
    public void addBalloon(Backing backing, SpareMemory guest) {
        balloons.add(new Balloon(host, backing, guest));
    }

    /** A guest is gone. */
    public void remove(Backing backing) {
        balloons.removeIf(balloon -> balloon.backing() == backing);
        logs.remove(backing);
        operations.remove(backing);
        swap.restart();
        collapser.restart();
        merger.remove(backing);
    }

    private void reclaim() {
        long wanted = 2 * keepFree;
        host.backings().forEach(backing -> backing.pieces().giveUpReserved());
        if (policy.reclaims().contains(Reclaim.BALLOON)) {
            balloons.forEach(balloon -> balloon.inflate(wanted));
        }
        if (policy.reclaims().contains(Reclaim.MERGE) && host.frames().free() < wanted) {
            merger.scan();
        }
        if (policy.reclaims().contains(Reclaim.SWAP) && host.frames().free() < wanted) {
            swap.reclaim(wanted);
        }
    }

    /** @throws VmRefused when stores of a guest cannot be logged as the policy wants it */
    public void checkLogs() {
        DirtyLogKind kind = policy.dirtyLog();
        if (kind != null) {
            try {
                host.backings().forEach(backing -> DirtyLog.of(kind, backing, policy.logEntries()));
            } catch (UnsupportedOperationException e) {
                throw new VmRefused("the host cannot log what guests store to: " + e.getMessage());
            }
        }
    }

    /** Counting begins: what guests store to is logged from now on, if it is to be. */
    public void beginCounting() {
        host.counts().clear();
        rounds.clear();
        operations.clear();
        sinceTurn = 0;
        if (policy.dirtyLog() == null) {
            return;
        }
        for (Backing backing : host.backings()) {
            if (logs.containsKey(backing)) {
                logs.get(backing).collect();
            } else {
                DirtyLog log = DirtyLog.of(policy.dirtyLog(), backing, policy.logEntries());
                log.begin();
                logs.put(backing, log);
            }
        }
    }

    /** The guests have made so many accesses; between them is time for work in the background. */
    public void advance(long accesses) {
        sinceTurn += accesses;
        if (sinceTurn >= policy.every()) {
            sinceTurn = 0;
            turn();
        }
    }

    private void turn() {
        if (policy.reclaims().contains(Reclaim.MERGE)) {
            merger.scan();
        }
        if (policy.transparent()) {
            collapser.scan(2 * keepFree);
        }
        if (host.frames().free() > 8 * keepFree) {
            balloons.forEach(Balloon::deflate);
        }
        if (!logs.isEmpty()) {
            rounds.add(logs.values().stream().mapToLong(log -> log.collect().cardinality()).sum());
        }
    }

    /** Clears a piece of 2^shift bytes of host memory, of at least 2 MiB, by moving what lies there; false if none can be. */
    public boolean compact(int shift) {
        return compactor.clear(shift);
    }

    /** Granules that guests had stored to, at each reading of the log since counting began. */
    public List<Long> rounds() {
        return List.copyOf(rounds);
    }

    /** Bytes that guests' balloons have. */
    public long balloonBytes() {
        return balloons.stream().mapToLong(Balloon::bytes).sum();
    }
}
