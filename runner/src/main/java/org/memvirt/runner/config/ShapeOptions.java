package org.memvirt.runner.config;

import picocli.CommandLine.Option;

/** The options that say how many VMs, vCPUs and cores there are, as given. */
public final class ShapeOptions {
    @Option(names = "--vms", paramLabel = "N", converter = CountText.Small.class, defaultValue = "1",
            description = "Virtual machines, each with a guest of its own that plays the input (default: ${DEFAULT-VALUE}).")
    public int vms = 1;

    @Option(names = "--vcpus", paramLabel = "N", converter = CountText.Small.class, defaultValue = "1",
            description = "Virtual CPUs of each VM, on each of which processes of its own play the input"
                    + " (default: ${DEFAULT-VALUE}).")
    public int vcpus = 1;

    @Option(names = "--cores", paramLabel = "N", converter = CountText.Small.class, defaultValue = "1",
            description = "Physical CPUs, each with its own TLBs; the vCPUs take turns on them (default: ${DEFAULT-VALUE}).")
    public int cores = 1;
}
