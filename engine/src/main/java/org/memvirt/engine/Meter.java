package org.memvirt.engine;

import java.util.Map;
import java.util.function.LongSupplier;

/**
 * One counter of a machine as others read it, also from another thread while the machine runs: then a value may lag, and
 * never goes back during a counted run.
 *
 * @param name dotted lower-case words: {@code tlb.hits}
 * @param description its one definition, for people
 * @param unit of the value: accesses, references, bytes
 * @param monotonic whether it only grows; else it is a level
 * @param labels what tells it from others of the name: level, stage, cause
 */
public record Meter(
        String name, String description, String unit, boolean monotonic, Map<String, String> labels,
        LongSupplier value) {}
