package org.memvirt.runner.config;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what accesses a run makes, as given. */
public final class InputOptions {
    @Option(names = "--trace", paramLabel = "FILE",
            description = "Play the accesses of a trace; .xz, .gz and .zst are unpacked by content; - is standard input.")
    public @Nullable String trace;

    @Option(names = "--trace-format", paramLabel = "NAME",
            description = "The trace's format (default: by its content).")
    public @Nullable String traceFormat;

    @Option(names = "--skip-bad-lines", paramLabel = "N", converter = CountText.class,
            description = "Pass over up to N broken lines or records of the trace (default: 0).")
    public @Nullable Long skipBadLines;

    @Option(names = "--skip-outside", arity = "0..1", paramLabel = "true|false", fallbackValue = "true",
            defaultValue = "false",
            description = "Leave out accesses to addresses that no user program has, such as fetches from a vsyscall page;"
                    + " how many is told.")
    public boolean skipOutside;

    @Option(names = "--fold-addresses", arity = "0..1", paramLabel = "true|false", fallbackValue = "true",
            defaultValue = "false",
            description = "Where programs have less than 47 bits of addresses, move what is touched into them, each piece of"
                    + " 1M to a place of its own in the order of first touch; what was done is told.")
    public boolean foldAddresses;

    @Option(names = "--workload", paramLabel = "NAME[:key=value,...]",
            description = "Make the accesses of a synthetic workload; 'memvirt list' shows them and their options.")
    public @Nullable String workload;

    @Option(names = "--scenario", paramLabel = "FILE|NAME[:key=value,...]",
            description = "Play a scenario: VMs and processes that come, map, fork and go; 'memvirt list scenarios' shows those"
                    + " that are ready.")
    public @Nullable String scenario;

    @Option(names = "--accesses", paramLabel = "N", converter = CountText.class,
            description = "How many accesses (default: 10000000 of a workload, all of a trace).")
    public @Nullable Long accesses;

    @Option(names = "--processes", paramLabel = "N", converter = CountText.Small.class, defaultValue = "1",
            description = "N processes play the input in turn, each in its own address space and, of a workload, with its"
                    + " own seed (default: ${DEFAULT-VALUE}).")
    public int processes = 1;

    @Option(names = "--slice", paramLabel = "N", converter = CountText.class, defaultValue = "100000",
            description = "Accesses that a process makes until it is the next one's turn (default: ${DEFAULT-VALUE}).")
    public long slice = 100_000;

    @Option(names = "--quantum", paramLabel = "N", converter = CountText.class, defaultValue = "100000",
            description = "Where vCPUs share a core: accesses that one makes until it is the next one's turn"
                    + " (default: ${DEFAULT-VALUE}).")
    public long quantum = 100_000;

    @Option(names = "--passes", paramLabel = "N", converter = CountText.Small.class, defaultValue = "1",
            description = "Play the input N times, state kept in between (default: ${DEFAULT-VALUE}).")
    public int passes = 1;

    @Option(names = "--prefault", arity = "0..1", paramLabel = "true|false", fallbackValue = "true",
            defaultValue = "false",
            description = "Map all that the input touches, in every stage, before counting starts.")
    public boolean prefault;
}
