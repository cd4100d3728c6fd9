package org.memvirt.vmm.partition;

import org.memvirt.api.vmm.VmRefused;

/** What becomes of a guest that touches physical memory which it does not have. */
enum OutOfBounds {
    /** Without a VMM the machine ends. */
    END_OF_MACHINE,
    /** The VMM stops the VM. */
    STOP,
    /** The VMM has the guest take a machine check. */
    MACHINE_CHECK;

    /** @param text {@code stop}, {@code machine-check}, or nothing for the first */
    static OutOfBounds of(String text) {
        return switch (text) {
            case "", "stop" -> STOP;
            case "machine-check" -> MACHINE_CHECK;
            default -> throw new VmRefused("out-of-bounds=%s is neither stop nor machine-check".formatted(text));
        };
    }

    /** Whether there is a VMM that sees it. */
    boolean isVirtual() {
        return this != END_OF_MACHINE;
    }
}
