package org.memvirt.engine.count;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A value for each {@link Count}; 0 at first. */
public final class Counts {
    private final long[] values = new long[Count.ALL.size()];

    /** Counts one more. */
    public void add(Count count) {
        values[count.ordinal()]++;
    }

    /** Counts so many more. */
    public void add(Count count, long number) {
        values[count.ordinal()] += number;
    }

    /** Counts one more where something is true. */
    public void addIf(Count count, boolean happened) {
        values[count.ordinal()] += happened ? 1 : 0;
    }

    /** Adds all that others have counted. */
    public void add(Counts others) {
        Arrays.setAll(values, at -> values[at] + others.values[at]);
    }

    /** Says what a level is now. */
    public void set(Count level, long value) {
        values[level.ordinal()] = value;
    }

    public long get(Count count) {
        return values[count.ordinal()];
    }

    /** All of a section, by key, in the table's order. */
    public Map<String, Long> of(Section section) {
        Map<String, Long> bySection = new LinkedHashMap<>();
        Count.of(section).forEach(count -> bySection.put(count.key(), get(count)));
        return bySection;
    }

    /** All of a section together. */
    public long sum(Section section) {
        return Count.of(section).stream().mapToLong(this::get).sum();
    }

    /** Begins from 0. */
    public void clear() {
        Arrays.fill(values, 0);
    }
}
