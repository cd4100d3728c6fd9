package org.memvirt.runner.scenario;

import java.util.List;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.engine.Input;
import org.memvirt.engine.host.DirtyLogKind;

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

    /** What the host does, which a strategy may refuse. */
    sealed interface OfHost extends Action {}

    /** The host takes so many bytes away that guests have not used for long. */
    record Swap(String place, long bytes) implements OfHost {}

    /** A guest's balloon holds so many bytes from now on. */
    record Balloon(String place, int vm, long bytes) implements OfHost {}

    /** All granules that hold the same share a frame. */
    record Merge(String place) implements OfHost {}

    /** The host clears a piece of 2^shift bytes of its memory by moving what lies there. */
    record Compact(String place, int shift) implements OfHost {}

    /** Each granule of a guest has a page of its own, or large pages come back. */
    record Regroup(String place, int vm, boolean dissolves) implements OfHost {}

    /** A log of what a guest stores to begins, is read, or ends. */
    record Log(String place, int vm, DirtyLogKind kind, Logging what) implements OfHost {}

    /** What is done with a log. */
    enum Logging {
        BEGIN,
        READ,
        END
    }

    /**
     * A guest is copied while it runs.
     *
     * @param accessesPerPage what all that play make together while one granule is copied
     * @param threshold granules that are few enough to stop the guest for
     * @param rounds before the guest is stopped however many there are
     */
    record Migrate(
            String place, int vm, DirtyLogKind kind, long accessesPerPage, long threshold, int rounds)
            implements OfHost {}

    /** All that play go on, until they have made so many accesses together or have ended. */
    record Run(String place, long accesses) implements Action {}
}
