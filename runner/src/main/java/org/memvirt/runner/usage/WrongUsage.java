package org.memvirt.runner.usage;

import org.jspecify.annotations.Nullable;

/** The command line or the configuration asks for what cannot be; the message names the thing and what to do. */
public final class WrongUsage extends RuntimeException {
    private static final long serialVersionUID = 1;

    public WrongUsage(String message) {
        super(message);
    }

    public WrongUsage(@Nullable String message, Throwable cause) {
        super(message, cause);
    }
}
