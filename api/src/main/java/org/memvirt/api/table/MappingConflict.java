package org.memvirt.api.table;

/** A page was to be mapped where something is mapped already. */
public final class MappingConflict extends RuntimeException {
    private static final long serialVersionUID = 1;

    public MappingConflict(String message) {
        super(message);
    }
}
