package org.memvirt.runner.scenario;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.CoreScheduler;
import org.memvirt.engine.GuestPlayer;
import org.memvirt.engine.InputRefused;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineScript;
import org.memvirt.engine.Vm;
import org.memvirt.runner.scenario.Action.Cpu;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.WrongUsage;

/** Has the actions of a scenario happen on a machine. */
final class ScenarioPlay implements MachineScript {
    private static final long PAGE = 4096;

    private final List<Action> actions;
    private final long quantum;
    // By their numbers in the scenario; null for one that found no place or has ended.
    private final List<@Nullable Vm> vms = new ArrayList<>();
    private final Map<Cpu, Programs> programs = new HashMap<>();
    // Numbers of processes on their vCPUs, by their numbers in the scenario.
    private final Map<Cpu, Map<Integer, Integer>> numbers = new HashMap<>();
    private volatile double progress;

    ScenarioPlay(List<Action> actions, long quantum) {
        this.actions = actions;
        this.quantum = quantum;
    }

    @Override
    public void play(Machine machine, BooleanSupplier stopped, LongConsumer made) throws IOException {
        Vm first = machine.vms().getFirst();
        ScenarioChecks.check(actions, machine);
        try (CoreScheduler scheduler = new CoreScheduler(machine, quantum)) {
            for (int i = 0; i < actions.size() && !stopped.getAsBoolean(); i++) {
                Action action = actions.get(i);
                try {
                    play(action, machine, scheduler, first, stopped, made);
                } catch (InputRefused e) {
                    throw new BadInput(action.place() + ": " + e.getMessage(), e);
                }
                progress = (i + 1.0) / actions.size();
            }
        }
    }

    private void play(
            Action action, Machine machine, CoreScheduler scheduler, Vm first, BooleanSupplier stopped,
            LongConsumer made)
            throws IOException {
        switch (action) {
            case Action.Create create -> vms.add(create.vm() == 0 ? first : create(create, machine));
            case Action.Destroy(String place, int number) -> {
                Vm vm = vms.set(number, null);
                if (vm != null) {
                    vm.players().forEach(scheduler::remove);
                    destroy(machine, vm, place);
                }
            }
            case Action.Play play -> begin(play, machine, scheduler);
            case Action.Ask ask -> {
                GuestPlayer player = placed(ask.cpu(), machine);
                if (player != null) {
                    AccessBatch batch = switchedTo(ask.cpu(), ask.process());
                    if (ask.begins()) {
                        batch.add(new GuestEvent.Unmap(0, player.userEnd()));
                    }
                    ask.events().forEach(event -> batch.add(numbered(event, ask.cpu())));
                    player.execute(batch);
                    switchBack(player, ask.cpu());
                }
            }
            case Action.Touch touch -> {
                GuestPlayer player = placed(touch.cpu(), machine);
                if (player != null) {
                    touch(touch, player, made);
                    switchBack(player, touch.cpu());
                }
            }
            case Action.Run(String place, long accesses) -> scheduler.run(accesses, stopped, made);
            case Action.OfHost ofHost -> new HostPlay(machine, scheduler, vms).play(ofHost, stopped, made);
        }
    }

    private static @Nullable Vm create(Action.Create create, Machine machine) {
        try {
            return machine.create(create.memory(), create.vcpus());
        } catch (VmRefused e) {
            if (create.mayFail()) {
                return null;
            }
            throw new WrongUsage("%s: %s; with 'if-refused: skip' a scenario goes on without the VM"
                    .formatted(create.place(), e.getMessage()), e);
        }
    }

    private static void destroy(Machine machine, Vm vm, String place) {
        try {
            machine.destroy(vm);
        } catch (UnsupportedOperationException e) {
            throw new WrongUsage("%s: destroy: %s".formatted(place, e.getMessage()), e);
        }
    }

    private void begin(Action.Play play, Machine machine, CoreScheduler scheduler) throws IOException {
        Vm vm = vms.get(play.cpu().vm());
        if (vm == null) {
            return;
        }
        GuestPlayer player = vm.players().get(play.cpu().vcpu());
        Programs all = programs(play.cpu());
        boolean waits = all.isEmpty();
        all.add(play.input().open(), number(play.cpu(), play.process()), play.turn());
        if (waits) {
            scheduler.remove(player);
            scheduler.add(player, all);
        }
    }

    private Programs programs(Cpu cpu) {
        return programs.computeIfAbsent(cpu, missing -> new Programs());
    }

    /** The number that a process of the scenario has on its vCPU. */
    private int number(Cpu cpu, int process) {
        return numbers.computeIfAbsent(cpu, missing -> new HashMap<>())
                .computeIfAbsent(process, missing -> programs(cpu).newNumber());
    }

    private GuestEvent numbered(GuestEvent event, Cpu cpu) {
        return switch (event) {
            case GuestEvent.Fork(int child) -> new GuestEvent.Fork(number(cpu, child));
            case GuestEvent.StartThread(int child) -> new GuestEvent.StartThread(number(cpu, child));
            default -> event;
        };
    }

    private AccessBatch switchedTo(Cpu cpu, int process) {
        AccessBatch batch = new AccessBatch();
        batch.add(new GuestEvent.Switch(number(cpu, process)));
        return batch;
    }

    /** What played before goes on later as if nothing had been. */
    private void switchBack(GuestPlayer player, Cpu cpu) {
        int running = programs(cpu).running();
        if (running >= 0) {
            AccessBatch batch = new AccessBatch(1);
            batch.add(new GuestEvent.Switch(running));
            player.execute(batch);
        }
    }

    /** The player of a vCPU, which is on a core now; null if its VM is not there. */
    private @Nullable GuestPlayer placed(Cpu cpu, Machine machine) {
        Vm vm = vms.get(cpu.vm());
        if (vm == null) {
            return null;
        }
        GuestPlayer player = vm.players().get(cpu.vcpu());
        if (!player.vcpu().isOnCore()) {
            machine.place(player.vcpu(), machine.cores().get((cpu.vm() + cpu.vcpu()) % machine.cores().size()));
        }
        return player;
    }

    private void touch(Action.Touch touch, GuestPlayer player, LongConsumer made) {
        AccessBatch batch = switchedTo(touch.cpu(), touch.process());
        for (long at = touch.start(); at < touch.start() + touch.bytes(); at += PAGE) {
            if (batch.isFull()) {
                player.execute(batch);
                made.accept(batch.length);
                batch.clear();
            }
            batch.add(at, touch.rights());
        }
        player.execute(batch);
        made.accept(batch.length);
    }

    @Override
    public double progress() {
        return progress;
    }
}
