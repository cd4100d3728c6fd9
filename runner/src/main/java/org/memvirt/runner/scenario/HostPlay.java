package org.memvirt.runner.scenario;

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.CoreScheduler;
import org.memvirt.engine.Machine;
import org.memvirt.engine.Vm;
import org.memvirt.engine.host.HostOperations;
import org.memvirt.engine.host.Migration;

/** Has the host do what a scenario says. */
final class HostPlay {
    private final Machine machine;
    private final CoreScheduler scheduler;
    private final HostOperations host;
    private final List<@Nullable Vm> vms;

    /** @param vms by their numbers in the scenario; null for one that is not there */
    HostPlay(Machine machine, CoreScheduler scheduler, List<@Nullable Vm> vms) {
        this.machine = machine;
        this.scheduler = scheduler;
        this.vms = vms;
        host = machine.hostManager().operations();
    }

    void play(Action.OfHost action, BooleanSupplier stopped, LongConsumer made) throws IOException {
        switch (action) {
            case Action.Swap(String place, long bytes) -> host.swap(bytes);
            case Action.Merge(String place) -> host.merge();
            case Action.Compact(String place, int shift) -> host.compact(shift);
            case Action.Balloon(String place, int number, long bytes) -> {
                Vm vm = vms.get(number);
                if (vm != null) {
                    host.balloon(vm.backing(), bytes);
                }
            }
            case Action.Regroup(String place, int number, boolean dissolves) -> {
                Vm vm = vms.get(number);
                if (vm != null && dissolves) {
                    host.dissolve(vm.backing());
                } else if (vm != null) {
                    host.collapse(vm.backing());
                }
            }
            case Action.Log log -> {
                Vm vm = vms.get(log.vm());
                if (vm != null) {
                    log(log, vm);
                }
            }
            case Action.Migrate migrate -> {
                Vm vm = vms.get(migrate.vm());
                if (vm != null) {
                    migrate(migrate, vm, stopped, made);
                }
            }
        }
    }

    private void log(Action.Log log, Vm vm) {
        switch (log.what()) {
            case BEGIN -> host.beginLog(vm.backing(), log.kind());
            case READ -> host.readLog(vm.number(), vm.backing());
            case END -> host.endLog(vm.backing());
        }
    }

    /** All that play go on while a round is copied; the more of it there is, the longer. */
    private void migrate(Action.Migrate migrate, Vm vm, BooleanSupplier stopped, LongConsumer made)
            throws IOException {
        Migration migration = host.migrate(vm.backing(), migrate.kind(), migrate.threshold(), migrate.rounds());
        while (!migration.isDone() && !stopped.getAsBoolean()) {
            long accesses = migration.rounds().getLast() * migrate.accessesPerPage();
            scheduler.run(accesses, stopped, made);
            migration.round();
        }
        if (migration.isDone()) {
            host.migrated(vm.number(), vm.backing(), migrate.kind(), migration);
        }
    }
}
