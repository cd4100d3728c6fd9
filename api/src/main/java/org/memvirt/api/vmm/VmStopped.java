package org.memvirt.api.vmm;

/** The VMM has stopped a VM that it cannot let go on; the message says what the guest did. */
public final class VmStopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    public VmStopped(String message) {
        super(message);
    }
}
