package org.memvirt.runner.trace;

import org.jspecify.annotations.Nullable;

/** A source that can pass over broken records, and tells how many it has. */
interface Lenient {
    /** Records passed over so far. */
    long skipped();

    /** What was wrong with the first of them; null when there was none. */
    @Nullable String firstSkipped();
}
