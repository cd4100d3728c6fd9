package org.memvirt.engine.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostMemory;

/** What a host does with its guests' memory when it is told to, beside what its policy has it do. Between accesses alone. */
public final class HostOperations {
    private final HostMemory host;
    private final HostPolicy policy;
    private final Swap swap;
    private final PageMerger merger;
    private final Compactor compactor;
    private final Collapser collapser;
    private final List<Balloon> balloons;
    private final Map<Backing, DirtyLog> logs = new LinkedHashMap<>();
    private final List<LogReading> readings = new ArrayList<>();
    private final List<MigrationRecord> migrations = new ArrayList<>();
    private final List<String> broken = new ArrayList<>();

    /** @param balloons live */
    HostOperations(
            HostMemory host, HostPolicy policy, Swap swap, PageMerger merger, Compactor compactor,
            Collapser collapser, List<Balloon> balloons) {
        this.host = host;
        this.policy = policy;
        this.swap = swap;
        this.merger = merger;
        this.compactor = compactor;
        this.collapser = collapser;
        this.balloons = balloons;
    }

    /**
     * One reading of a log.
     *
     * @param vm whose stores it tells
     * @param dirty granules stored to since the reading before
     */
    public record LogReading(int vm, String log, long dirty) {}

    /**
     * One migration that has come to its end.
     *
     * @param vm that was copied
     * @param log how its stores were logged
     * @param rounds granules copied in each round; the last while the guest stood still
     * @param granuleBytes bytes of a granule
     * @param imageBytes bytes of the copy's frames that are not all 0
     * @param identical whether the copy was the guest's memory at the stop, frame by frame
     */
    public record MigrationRecord(
            int vm, String log, List<Long> rounds, long granuleBytes, long imageBytes, boolean identical) {}

    /** Takes so many bytes away that guests have not used for long, or all there is. */
    public void swap(long bytes) {
        host.backings().forEach(backing -> backing.pieces().giveUpReserved());
        swap.reclaim(Math.min(host.frames().capacity(), host.frames().free() + bytes));
    }

    /** Has a guest's balloon hold so many bytes, or as many as it has to spare. */
    public void balloon(Backing backing, long bytes) {
        balloons.stream().filter(balloon -> balloon.backing() == backing).forEach(balloon -> balloon.hold(bytes));
    }

    /** Has all granules that hold the same share a frame, of all guests. */
    public void merge() {
        merger.scanAll();
    }

    /** Clears a piece of 2^shift bytes of host memory by moving what lies there; false if none can be. */
    public boolean compact(int shift) {
        return compactor.clear(shift);
    }

    /** Has each granule of a guest mapped by a page of its own, until {@link #collapse}. */
    public void dissolve(Backing backing) {
        backing.logged().split();
    }

    /** Has a guest's memory mapped by large pages again, and makes large pieces of small ones where that is worth it. */
    public void collapse(Backing backing) {
        backing.logged().join();
        collapser.collapse(backing);
    }

    /**
     * Begins to log what a guest stores to.
     *
     * @throws UnsupportedOperationException where the strategy, or its hardware, cannot log in this way
     */
    public void beginLog(Backing backing, DirtyLogKind kind) {
        DirtyLog log = DirtyLog.of(kind, backing, policy.logEntries());
        log.begin();
        logs.put(backing, log);
    }

    /** Reads a log that has begun. */
    public void readLog(int vm, Backing backing) {
        DirtyLog log = log(backing);
        readings.add(new LogReading(vm, log.kind().text(), log.collect().cardinality()));
    }

    /** Ends a log that has begun. */
    public void endLog(Backing backing) {
        log(backing).end();
        logs.remove(backing);
    }

    private DirtyLog log(Backing backing) {
        DirtyLog log = logs.get(backing);
        if (log == null) {
            throw new IllegalStateException("what this guest stores to is not logged");
        }
        return log;
    }

    /**
     * Begins to copy a guest that runs: see {@link Migration}.
     *
     * @throws UnsupportedOperationException where the strategy, or its hardware, cannot log in this way
     */
    public Migration migrate(Backing backing, DirtyLogKind kind, long threshold, int mostRounds) {
        return new Migration(backing, DirtyLog.of(kind, backing, policy.logEntries()), threshold, mostRounds);
    }

    /** A migration has come to its end, and the guest stands still: keeps what became of it. */
    public void migrated(int vm, Backing backing, DirtyLogKind kind, Migration migration) {
        Long difference = migration.firstDifference();
        migrations.add(new MigrationRecord(
                vm, kind.text(), migration.rounds(), 1L << backing.granuleShift(), migration.image().bytes(),
                difference == null));
        if (difference != null) {
            broken.add("the copy of VM %d is not its memory at the stop: they differ at gPA %#x"
                    .formatted(vm, difference));
        }
    }

    /** Readings of logs, in order. */
    public List<LogReading> readings() {
        return List.copyOf(readings);
    }

    /** Migrations, in order. */
    public List<MigrationRecord> migrations() {
        return List.copyOf(migrations);
    }

    /** A message for each migration that went wrong. */
    public List<String> broken() {
        return List.copyOf(broken);
    }

    /** A guest is gone. */
    void remove(Backing backing) {
        logs.remove(backing);
    }

    /** Forgets what was counted. */
    void clear() {
        readings.clear();
        migrations.clear();
    }
}
