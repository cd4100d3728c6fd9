package org.memvirt.engine.guest;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.TableFrames.OutOfMemory;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;

/** The processes that live, and which of them dies when memory runs out: the one with the most of it, threads and all. */
final class Processes {
    private final Set<Process> living = new LinkedHashSet<>();
    private final Consumer<Process> ender;
    private final GuestMemory memory;
    private final Counts counts;
    // What is being changed: it cannot be taken away meanwhile.
    private List<AddressSpace> busy = List.of();

    /** @param ender ends a process, and takes its memory back after the last thread */
    Processes(Consumer<Process> ender, GuestMemory memory, Counts counts) {
        this.ender = ender;
        this.memory = memory;
        this.counts = counts;
    }

    Process add(AddressSpace space) {
        Process process = new Process(space);
        space.threads++;
        living.add(process);
        return process;
    }

    void remove(Process process) {
        if (living.remove(process)) {
            process.space.threads--;
        }
    }

    /** Their address spaces, in the order in which these began. */
    List<AddressSpace> spaces() {
        return living.stream().map(process -> process.space).distinct().toList();
    }

    /**
     * Does what changes address spaces and may need memory. If that runs out and one of them is the largest, then that is
     * killed, and the work is not done.
     *
     * @throws OutOfMemory when there is nobody else
     */
    void guard(List<AddressSpace> changed, Runnable work) {
        List<AddressSpace> before = busy;
        busy = changed;
        try {
            work.run();
        } catch (OutOfMemory e) {
            busy = before;
            AddressSpace largest = largest();
            if (!memory.ranOut(e) || largest == null || spaces().size() == 1 || before.contains(largest)) {
                throw e;
            }
            kill(largest);
        } finally {
            busy = before;
        }
    }

    /** Kills the largest process, unless it is being changed; returns whether it could. */
    boolean makeRoom() {
        AddressSpace largest = largest();
        if (largest == null || busy.contains(largest)) {
            return false;
        }
        kill(largest);
        return true;
    }

    private @Nullable AddressSpace largest() {
        return spaces().stream()
                .filter(space -> space.resident > 0)
                .max(Comparator.comparingLong(space -> space.resident))
                .orElse(null);
    }

    private void kill(AddressSpace space) {
        counts.add(Count.KILLS);
        for (Process process : List.copyOf(living)) {
            if (process.space == space) {
                process.killed = true;
                ender.accept(process);
            }
        }
    }
}
