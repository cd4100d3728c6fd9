package org.memvirt.runner.usage;

import org.jspecify.annotations.Nullable;

/** A file holds what is wrong; the message names the file, says where and what was expected. */
public final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BadInput(String message) {
        super(message);
    }

    public BadInput(@Nullable String message, Throwable cause) {
        super(message, cause);
    }
}
