package org.memvirt.runner.trace;

/** Is told, when a trace has been read, that broken records were passed over. */
@FunctionalInterface
public interface SkipReport {
    /** {@code first} says what was wrong with the first of {@code count}. */
    void skipped(long count, String first);
}
