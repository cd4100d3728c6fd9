package org.memvirt.engine;

/** The workload touches an address that the chosen format cannot translate, or that its kernel keeps for itself. */
public final class AddressTooWide extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AddressTooWide(String message) {
        super(message);
    }
}
