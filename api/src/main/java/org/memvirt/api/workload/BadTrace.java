package org.memvirt.api.workload;

import java.io.IOException;

/** A trace holds something that its format does not allow; the message names the place and what was expected. */
public final class BadTrace extends IOException {
    private static final long serialVersionUID = 1;

    public BadTrace(String message) {
        super(message);
    }

    public BadTrace(String message, Throwable cause) {
        super(message, cause);
    }
}
