package org.memvirt.engine;

/** The input asks what the guest cannot do: an access that its process may not make, or an event that makes no sense then. */
public final class InputRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long access;

    /** @param access the number of accesses, from the first of all, that were carried out before */
    public InputRefused(String message, long access) {
        super(message);
        this.access = access;
    }

    /** The number, from 0, of the access that was refused, or of the one that would come after the event. */
    public long access() {
        return access;
    }
}
