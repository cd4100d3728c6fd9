package org.memvirt.engine;

/**
 * How many of each a machine has.
 *
 * @param cores physical CPUs
 * @param vms virtual machines, each with a guest of its own
 * @param vcpus virtual CPUs of each VM
 */
public record MachineShape(int cores, int vms, int vcpus) {
    /** One of each. */
    public static final MachineShape SINGLE = new MachineShape(1, 1, 1);

    public MachineShape {
        if (cores < 1 || vms < 1 || vcpus < 1) {
            throw new IllegalArgumentException(
                    "a machine has at least one core, one VM and one vCPU, not %d, %d and %d".formatted(cores, vms,
                            vcpus));
        }
    }
}
