package org.memvirt.engine.guest;

/** What a CPU of the guest runs: a process, or one of the threads that share its address space. */
public final class Process {
    final AddressSpace space;
    boolean ended;

    Process(AddressSpace space) {
        this.space = space;
    }
}
