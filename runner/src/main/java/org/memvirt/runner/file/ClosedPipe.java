package org.memvirt.runner.file;

import java.io.IOException;

/** Whoever read an output has gone, as {@code head} does when it has enough: there is nobody to be told. */
public final class ClosedPipe extends IOException {
    private static final long serialVersionUID = 1;

    ClosedPipe(String name, IOException cause) {
        super(name + " was closed by its reader", cause);
    }

    static boolean is(IOException failure) {
        return "Broken pipe".equals(failure.getMessage());
    }
}
