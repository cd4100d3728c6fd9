package org.memvirt.engine;

/** The input asks what the guest cannot do: an access that its process may not make, or an event that makes no sense then. */
public final class InputRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    public InputRefused(String message) {
        super(message);
    }
}
