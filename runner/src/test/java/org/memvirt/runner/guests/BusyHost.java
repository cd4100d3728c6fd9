package org.memvirt.runner.guests;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.table.PageTable;
import org.memvirt.engine.Machine;
import org.memvirt.engine.host.DirtyLogKind;
import org.memvirt.engine.host.HostOperations;
import org.memvirt.engine.host.Migration;
import org.memvirt.engine.memory.Backing;
import org.memvirt.testkit.vmm.HostScript;

/**
 * A host that does by chance whatever a host can: it swaps, moves, protects, ages, merges, dissolves and makes large pieces,
 * takes memory by the balloon, logs what the guest stores to, and copies it while it runs.
 */
final class BusyHost {
    private static final int ENTRIES_BEFORE_STOP = 6;

    private final Backing backing;
    private final HostOperations operations;
    private final HostScript script;
    private final SplittableRandom random;
    private final List<DirtyLogKind> kinds;
    private boolean logs;
    private @Nullable Migration migration;
    private int copied;

    BusyHost(Machine machine, SplittableRandom random) {
        this.random = random;
        backing = machine.backing();
        operations = machine.hostManager().operations();
        script = new HostScript(backing, random.split());
        boolean dirtyBits = (machine.virtualMachine().marks() & PageTable.DIRTY) != 0;
        boolean pageLog = dirtyBits && !(machine.config().mmu() instanceof ArchitectedTlb);
        kinds = Arrays.stream(DirtyLogKind.values())
                .filter(kind -> switch (kind) {
                    case WRITE_PROTECT -> true;
                    case DIRTY_BITS -> dirtyBits;
                    case PAGE_LOG -> pageLog;
                })
                .toList();
    }

    /** Guests copied while they ran. */
    int copied() {
        return copied;
    }

    /** Does one thing. */
    void act() {
        Migration going = migration;
        if (going != null) {
            script.disturb();
            if (random.nextInt(3) == 0 && going.round()) {
                Long difference = going.firstDifference();
                if (difference != null) {
                    throw new AssertionError("the copy of the guest differs at gPA %#x".formatted(difference));
                }
                copied++;
                migration = null;
            }
        } else if (logs) {
            script.disturb();
            switch (random.nextInt(5)) {
                case 0 -> {
                    operations.endLog(backing);
                    logs = false;
                }
                case 1, 2 -> operations.readLog(1, backing);
                default -> {
                    // The guest goes on.
                }
            }
        } else {
            actUnlogged();
        }
    }

    private void actUnlogged() {
        DirtyLogKind kind = kinds.get(random.nextInt(kinds.size()));
        switch (random.nextInt(24)) {
            case 0 -> operations.swap(random.nextLong(1L << 20));
            case 1 -> operations.merge();
            case 2 -> operations.balloon(backing, random.nextLong(1L << 20));
            case 3 -> operations.dissolve(backing);
            case 4, 5 -> operations.collapse(backing);
            case 6 -> operations.compact(21);
            case 7 -> {
                operations.beginLog(backing, kind);
                logs = true;
            }
            case 8 -> migration = operations.migrate(backing, kind, random.nextInt(8), ENTRIES_BEFORE_STOP);
            default -> script.act();
        }
    }
}
