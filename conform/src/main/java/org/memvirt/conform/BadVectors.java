package org.memvirt.conform;

import java.io.IOException;

/** A file of vectors cannot be understood; the message names the file, the line, and what was expected there. */
public final class BadVectors extends IOException {
    private static final long serialVersionUID = 1;

    public BadVectors(String message) {
        super(message);
    }

    public BadVectors(String message, Throwable cause) {
        super(message, cause);
    }
}
