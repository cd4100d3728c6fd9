package org.memvirt.api.workload;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;

/** The service by which a synthetic workload is found; a class with a public constructor without parameters. */
public interface WorkloadProvider {
    /** Unique, lower-case: what {@code --workload} takes. */
    String name();

    /** One line for people. */
    String description();

    /** Options that it takes. */
    List<Option> options();

    /**
     * Opens the stream of {@code accesses} accesses. The same arguments give the same accesses, on every machine.
     *
     * @throws IllegalArgumentException for options that contradict each other
     */
    AccessSource open(Options options, long accesses, long seed);
}
