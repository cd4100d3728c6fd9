package org.memvirt.api.vmm;

/** A strategy cannot run the VM; the message says why and what would do. */
public final class VmRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    public VmRefused(String message) {
        super(message);
    }
}
