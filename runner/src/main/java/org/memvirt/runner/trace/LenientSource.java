package org.memvirt.runner.trace;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.workload.BadTrace;

/** A source that can pass over broken records of its input, and tells how many it has. */
abstract class LenientSource implements Placed {
    final InputStream input;
    /** The input's name, for messages. */
    final String name;

    private final long mayBeBad;
    private long skipped;
    private @Nullable String firstSkipped;

    /** @param mayBeBad how many broken records it may pass over */
    LenientSource(InputStream input, String name, long mayBeBad) {
        this.input = input;
        this.name = name;
        this.mayBeBad = mayBeBad;
    }

    /**
     * Passes over a broken record.
     *
     * @param message what is wrong with it, and where it is
     * @throws BadTrace with that message, if it is one too many
     */
    final void passOver(String message) throws BadTrace {
        if (skipped == mayBeBad) {
            throw new BadTrace(message);
        }
        skipped++;
        if (firstSkipped == null) {
            firstSkipped = message;
        }
    }

    /** Records passed over so far. */
    final long skipped() {
        return skipped;
    }

    /** What was wrong with the first of them; null when there was none. */
    final @Nullable String firstSkipped() {
        return firstSkipped;
    }

    @Override
    public final void close() throws IOException {
        input.close();
    }
}
