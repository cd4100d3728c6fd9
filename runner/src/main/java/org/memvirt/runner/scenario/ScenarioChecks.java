package org.memvirt.runner.scenario;

import java.util.List;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.engine.Machine;
import org.memvirt.engine.Vm;
import org.memvirt.engine.host.DirtyLog;
import org.memvirt.engine.host.DirtyLogKind;
import org.memvirt.runner.usage.WrongUsage;

/** What of a scenario a machine cannot do is told before any of it happens. */
final class ScenarioChecks {
    private final Machine machine;
    private final Vm first;
    private final long page;

    private ScenarioChecks(Machine machine) {
        this.machine = machine;
        first = machine.vms().getFirst();
        page = 1L << machine.config().format().pageShifts().getFirst();
    }

    /** @throws WrongUsage with the place of the first action that cannot be */
    static void check(List<Action> actions, Machine machine) {
        ScenarioChecks checks = new ScenarioChecks(machine);
        actions.forEach(checks::check);
    }

    private void check(Action action) {
        switch (action) {
            case Action.Ask ask -> ask.events().forEach(event -> check(ask.place(), event));
            case Action.Touch touch -> checkRange(touch.place(), touch.start(), touch.bytes(), 0);
            case Action.OfHost ofHost -> checkHost(ofHost);
            case Action.Create create -> {
                boolean isAnother = create.vm() > 0;
                if (isAnother && !machine.config().vmm().isVirtual()) {
                    throw wrong(create.place(), "strategy '%s' has no VMM: the machine has one guest".formatted(vmm()));
                }
            }
            default -> {
                // What it needs is found out when it is done: room for a VM, for instance.
            }
        }
    }

    private void check(String place, GuestEvent event) {
        switch (event) {
            case GuestEvent.Map(long start, long bytes, int rights) -> checkRange(place, start, bytes, 0);
            case GuestEvent.MapShared(long start, long bytes, int rights, int object, long offset) ->
                    checkRange(place, start, bytes, offset);
            case GuestEvent.Unmap(long start, long bytes) -> checkRange(place, start, bytes, 0);
            case GuestEvent.Protect(long start, long bytes, int rights) -> checkRange(place, start, bytes, 0);
            case GuestEvent.Flush(long start, long bytes) -> checkRange(place, start, bytes, 0);
            default -> {
                // It names no addresses.
            }
        }
    }

    private void checkRange(String place, long start, long bytes, long offset) {
        if (((start | bytes | offset) & page - 1) != 0) {
            throw wrong(place, "%#x to %#x is not made of pages of %s, which format '%s' has".formatted(
                    start, start + bytes, Sizes.text(page), machine.config().format().name()));
        }
        long end = first.kernel().userEnd();
        if (start > end - bytes) {
            throw wrong(place, "%#x to %#x: a process has the addresses below %#x".formatted(start, start + bytes,
                    end));
        }
    }

    private void checkHost(Action.OfHost action) {
        try {
            if (action instanceof Action.Log log) {
                checkLog(log.kind());
            } else if (action instanceof Action.Migrate migrate) {
                checkLog(migrate.kind());
            } else if (!(action instanceof Action.Compact)) {
                first.virtualMachine()
                        .hostMappingChanged(0, 1L << first.backing().granuleShift(), HostChange.AGE);
            }
        } catch (UnsupportedOperationException e) {
            throw wrong(action.place(), "strategy '%s': %s".formatted(vmm(), e.getMessage()));
        }
    }

    private void checkLog(DirtyLogKind kind) {
        DirtyLog.of(kind, first.backing(), machine.config().hostPolicy().logEntries());
        first.virtualMachine().hostMappingChanged(0, 1L << first.backing().granuleShift(), HostChange.AGE);
    }

    private String vmm() {
        return machine.config().vmm().name();
    }

    private static WrongUsage wrong(String place, String what) {
        return new WrongUsage(place + ": " + what);
    }
}
