package org.memvirt.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.guest.GuestKernel;
import org.memvirt.engine.guest.Process;

/**
 * Plays an input on one vCPU of a guest: lets its processes run there in the order that the input gives, and asks its kernel
 * for them. The processes of each vCPU are numbered for themselves.
 */
public final class GuestPlayer {
    /** No process runs. */
    private static final int NONE = -1;

    private final int vm;
    private final int cpu;
    private final Vcpu vcpu;
    private final GuestKernel kernel;
    private final PageTableFormat format;
    private final Map<Integer, Process> processes = new HashMap<>();
    private final ProcessCounts counts;
    // Null where pages hold what the guest's kernel stores alone.
    private final @Nullable PageContents contents;
    // Null where every bit of an address counts.
    private final @Nullable UntaggedBatch untagged;
    // Whether it has a process or is given one by the input.
    private boolean begun;
    private int running = NONE;
    private long accesses;

    /**
     * Takes the process that runs on the first vCPU as process 0; on others it begins with the input.
     *
     * @param cpu the vCPU's number in its VM
     * @param contents of the guest's pages, if they are kept
     */
    GuestPlayer(Vm vm, int cpu, PageTableFormat format, @Nullable PageContents contents) {
        this.contents = contents;
        this.vm = vm.number();
        this.cpu = cpu;
        this.format = format;
        vcpu = vm.vcpus().get(cpu);
        kernel = vm.kernel();
        untagged = format.ignoresTags() ? new UntaggedBatch(format) : null;
        counts = new ProcessCounts(vcpu);
        if (cpu == 0) {
            processes.put(0, kernel.current());
            running = 0;
            begun = true;
        }
    }

    /** The vCPU that it plays on; it must be on a core to play. */
    public Vcpu vcpu() {
        return vcpu;
    }

    /** The VM's number, from 1. */
    public int vm() {
        return vm;
    }

    /** The vCPU's number in its VM, from 0. */
    public int cpu() {
        return cpu;
    }

    /** The address after the last that its processes may have. */
    public long userEnd() {
        return kernel.userEnd();
    }

    /** What the processes have counted so far, by their numbers; those that have ended are among them. */
    SortedMap<Integer, SimulationResult.OfProcess> processCounts() {
        counts.add(running);
        return counts.byProcess();
    }

    /** Begins to count from 0. */
    void clearCounts() {
        counts.clear();
    }

    /**
     * Carries the batch's events out, and then its accesses.
     *
     * @throws InputRefused for an event or an access that cannot be; what comes before it has been carried out
     */
    public void execute(AccessBatch given) {
        if (contents == null) {
            carryOut(given);
        } else {
            kernel.on(cpu);
            contents.execute(vcpu, untagged(given), this::carryOut);
        }
    }

    private void carryOut(AccessBatch given) {
        AccessBatch batch = untagged(given);
        kernel.on(cpu);
        if (!begun && !beginsOtherwise(batch)) {
            carryOut(new GuestEvent.Switch(0));
        }
        begun = true;
        List<GuestEvent> events = batch.events();
        for (int i = 0; i < events.size(); i++) {
            carryOut(events.get(i));
        }
        int done = isKilled() ? 0 : kernel.execute(batch, 0);
        accesses += done;
        if (done < batch.length) {
            if (isKilled()) {
                kernel.counts().add(Count.ACCESSES_OF_KILLED, batch.length - done);
                return;
            }
            throw new InputRefused(
                    "access %d, counted from 0: ".formatted(accesses) + why(batch.addresses[done], batch.kinds[done]),
                    accesses);
        }
    }

    /** The batch with the addresses that count. */
    private AccessBatch untagged(AccessBatch given) {
        return untagged == null ? given : untagged.of(given);
    }

    /** Whether the process whose turn it is was killed for its memory: it does nothing any more. */
    private boolean isKilled() {
        Process process = processes.get(running);
        return process != null && process.isKilled();
    }

    /** Whether the first thing that happens is that a process is named. */
    private static boolean beginsOtherwise(AccessBatch batch) {
        return !batch.events().isEmpty() && batch.events().getFirst() instanceof GuestEvent.Switch;
    }

    private void carryOut(GuestEvent event) {
        if (isKilled() && !(event instanceof GuestEvent.Switch)) {
            carryOutOfKilled(event);
            return;
        }
        switch (event) {
            case GuestEvent.Switch(int process) -> {
                checkNumber(event, process);
                counts.add(running);
                Process next = processes.computeIfAbsent(process, number -> kernel.start());
                if (!next.isKilled()) {
                    kernel.run(next);
                }
                running = process;
            }
            case GuestEvent.Fork(int child) -> {
                checkNew(event, child);
                processes.put(child, kernel.fork(runningFor(event)));
            }
            case GuestEvent.Exit() -> {
                kernel.exit(runningFor(event));
                counts.add(running);
                processes.remove(running);
                running = NONE;
            }
            case GuestEvent.Map(long start, long bytes, int rights) -> {
                check(event, start, bytes, rights);
                kernel.allow(runningFor(event), start, bytes, rights);
            }
            case GuestEvent.Unmap(long start, long bytes) -> {
                check(event, start, bytes, Rights.USER);
                kernel.forbid(runningFor(event), start, bytes);
            }
            case GuestEvent.Protect(long start, long bytes, int rights) -> {
                check(event, start, bytes, rights);
                kernel.protect(runningFor(event), start, bytes, rights);
            }
            case GuestEvent.MapShared(long start, long bytes, int rights, int object, long offset) -> {
                check(event, start, bytes, rights);
                if (object < 0 || offset < 0 || offset % page() != 0 || offset + bytes < 0) {
                    throw refused(event,
                            "objects are numbered from 0, and offsets in them are multiples of %d from 0 on"
                                    .formatted(page()));
                }
                kernel.allowShared(runningFor(event), start, bytes, rights, object, offset);
            }
            case GuestEvent.StartThread(int child) -> {
                checkNew(event, child);
                processes.put(child, kernel.startThread(runningFor(event)));
            }
            case GuestEvent.Flush(long start, long bytes) -> {
                if (bytes != 0) {
                    check(event, start, bytes, Rights.USER);
                }
                kernel.flush(runningFor(event), start, bytes);
            }
        }
    }

    /** What a killed process would have begun is as dead as it is. */
    private void carryOutOfKilled(GuestEvent event) {
        switch (event) {
            case GuestEvent.Fork(int child) -> processes.putIfAbsent(child, runningFor(event));
            case GuestEvent.StartThread(int child) -> processes.putIfAbsent(child, runningFor(event));
            case GuestEvent.Exit() -> {
                processes.remove(running);
                running = NONE;
            }
            default -> {
                // It asks for nothing any more.
            }
        }
    }

    private void checkNumber(GuestEvent event, int process) {
        if (process < 0) {
            throw refused(event, "processes are numbered from 0");
        }
    }

    private void checkNew(GuestEvent event, int process) {
        checkNumber(event, process);
        if (processes.containsKey(process)) {
            throw refused(event, "there is a process %d already".formatted(process));
        }
    }

    private long page() {
        return 1L << format.pageShifts().getFirst();
    }

    private Process runningFor(GuestEvent event) {
        Process process = processes.get(running);
        if (process == null) {
            throw refused(event,
                    "no process runs: the last one has ended, and the input has to switch to another first");
        }
        return process;
    }

    private void check(GuestEvent event, long start, long bytes, int rights) {
        long page = page();
        if (start % page != 0 || bytes % page != 0 || bytes <= 0) {
            throw refused(event, "a range begins and ends at multiples of %d and is not empty".formatted(page));
        }
        if (start < 0 || bytes > kernel.userEnd() - start) {
            throw refused(event, "a process has the addresses below %#x".formatted(kernel.userEnd()));
        }
        if ((rights & ~Rights.USER) != 0) {
            throw refused(event, "a process has user rights alone, not " + Rights.text(rights));
        }
    }

    private InputRefused refused(GuestEvent event, String why) {
        return new InputRefused(event.text() + ": " + why, accesses);
    }

    private String why(long address, int needed) {
        if (!format.inRange(address)) {
            return "address %#x is not one that %s translates: it has %d bits"
                    .formatted(address, format.name(), format.inputBits());
        }
        if (address < 0 || address >= kernel.userEnd()) {
            return "a program may not touch %#x: %s leaves addresses from %#x on to the kernel"
                    .formatted(address, format.name(), format.kernelBase());
        }
        if (running == NONE) {
            return "%s of %#x: no process runs, the last one has ended".formatted(Rights.text(needed), address);
        }
        return "process %d may not make an access %s to %#x: it has mapped nothing there, or not so"
                .formatted(running, Rights.text(needed), address);
    }
}
