package org.memvirt.engine.cpu;

import org.memvirt.api.walk.Fault;

/** The guest software that a vCPU jumps to on a stage-1 fault. */
public interface GuestFaultHandler {
    /**
     * Deals with the fault.
     *
     * @param needed what the access needed, as {@link org.memvirt.api.access.Rights}
     * @return true if the access shall be made again; false if the guest program may not make it
     */
    boolean onFault(Fault fault, long address, int needed);
}
