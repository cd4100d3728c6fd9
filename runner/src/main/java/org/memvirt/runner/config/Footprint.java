package org.memvirt.runner.config;

import org.memvirt.engine.MachineShape;

/**
 * What an input touches.
 *
 * @param bytes of each process, or {@link #UNKNOWN}
 * @param processes of a VM that touch so much each
 * @param vms how many VMs do
 */
public record Footprint(long bytes, int processes, int vms) {
    /** Nobody knows before the input has been read. */
    public static final long UNKNOWN = -1;

    /** That of one process, which nobody knows. */
    public static final Footprint NOT_KNOWN = new Footprint(UNKNOWN, 1);

    /** That of one VM with one vCPU. */
    public Footprint(long bytes, int processes) {
        this(bytes, processes, 1);
    }

    /** The same played on each vCPU of a machine. */
    Footprint on(MachineShape shape) {
        return new Footprint(bytes, processes * shape.vcpus(), shape.vms());
    }
}
