package org.memvirt.runner.scenario;

import java.util.List;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.engine.Input;

/** One thing that a scenario has happen. VMs are numbered from 0 in the order of their making, processes for each vCPU. */
public sealed interface Action {
    /** Where the step stands that asks for it, {@code FILE:LINE:COLUMN}. */
    String place();

    /** A vCPU of a VM. */
    record Cpu(int vm, int vcpu) {}

    /**
     * A VM begins.
     *
     * @param mayFail whether the scenario goes on without it if it finds no place
     */
    record Create(String place, int vm, long memory, int vcpus, boolean mayFail) implements Action {}

    /** A VM ends. */
    record Destroy(String place, int vm) implements Action {}

    /**
     * A process begins that plays an input whenever the scenario runs.
     *
     * @param turn accesses until it is the next one's turn on its vCPU
     */
    record Play(String place, Cpu cpu, int process, Input input, long turn) implements Action {}

    /** A process does what its kernel is asked for; it begins with its first such action, and may touch nothing. */
    record Ask(String place, Cpu cpu, int process, boolean begins, List<GuestEvent> events) implements Action {}

    /** A process touches each page of a range once. */
    record Touch(String place, Cpu cpu, int process, long start, long bytes, int rights) implements Action {}

    /** All that play go on, until they have made so many accesses together or have ended. */
    record Run(String place, long accesses) implements Action {}
}
