package org.memvirt.engine.guest;

/** What a CPU of the guest runs: a process, or one of the threads that share its address space. */
public final class Process {
    final AddressSpace space;
    boolean ended;
    boolean killed;

    Process(AddressSpace space) {
        this.space = space;
    }

    /** Whether both have one address space, as the threads of a process do. */
    public boolean sharesAddressSpace(Process other) {
        return space == other.space;
    }

    /** Whether it ended because memory had run out. */
    public boolean isKilled() {
        return killed;
    }
}
