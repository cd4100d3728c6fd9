package org.memvirt.engine.host;

import java.util.Locale;

/** How a host gets memory back from its guests. */
public enum Reclaim {
    /** Guests give pages that they do not use. */
    BALLOON,

    /** Pages that hold the same share one frame. */
    MERGE,

    /** What was not used for long is taken away, and brought back when it is used. */
    SWAP;

    /** Lower-case: what {@code --reclaim} takes. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
