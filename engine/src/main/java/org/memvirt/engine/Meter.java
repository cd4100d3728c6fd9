package org.memvirt.engine;

import java.util.Map;
import java.util.function.LongSupplier;

/**
 * One counter of a machine as others read it, also from another thread while the machine runs. The value is that of the
 * last publication, between two batches of accesses, so a counter never goes back during a counted run.
 */
public final class Meter {
    private final String name;
    private final String description;
    private final String unit;
    private final boolean monotonic;
    private final Map<String, String> labels;
    private final LongSupplier live;
    private volatile long published;

    Meter(String name, String description, String unit, boolean monotonic, Map<String, String> labels,
            LongSupplier live) {
        this.name = name;
        this.description = description;
        this.unit = unit;
        this.monotonic = monotonic;
        this.labels = labels;
        this.live = live;
    }

    /** Dotted lower-case words: {@code tlb.hits}. */
    public String name() {
        return name;
    }

    /** The counter's one definition, for people. */
    public String description() {
        return description;
    }

    /** Of the value: accesses, references, bytes. */
    public String unit() {
        return unit;
    }

    /** Whether it only grows; else it is a level. */
    public boolean monotonic() {
        return monotonic;
    }

    /** What tells it from others of the name: level, stage, cause. */
    public Map<String, String> labels() {
        return labels;
    }

    /** The value at the last publication. */
    public long value() {
        return published;
    }

    void publish() {
        published = live.getAsLong();
    }
}
