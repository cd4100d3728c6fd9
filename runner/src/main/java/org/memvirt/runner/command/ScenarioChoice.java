package org.memvirt.runner.command;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Sizes;
import org.memvirt.engine.Input;
import org.memvirt.engine.RunPlan;
import org.memvirt.runner.config.Footprint;
import org.memvirt.runner.config.HostOptions;
import org.memvirt.runner.config.InputChoice;
import org.memvirt.runner.config.InputOptions;
import org.memvirt.runner.config.InputResolver;
import org.memvirt.runner.config.MachineOptions;
import org.memvirt.runner.file.OutputFiles;
import org.memvirt.runner.scenario.Scenario;
import org.memvirt.runner.scenario.Scenarios;
import org.memvirt.runner.trace.LeftOut;
import org.memvirt.runner.usage.WrongUsage;

/**
 * A scenario that a run plays in place of an input.
 *
 * @param input what a report needs to know of it
 */
record ScenarioChoice(Scenario scenario, InputChoice input) {
    private static final long GIB = 1L << 30;
    private static final int VMM_SHARE = 16;

    /**
     * Reads a scenario, and has the machine be as it begins.
     *
     * @param machine whose memory and vCPUs are set
     * @param files what the run writes, beside which the scenario's own files are read
     * @throws WrongUsage when options contradict it, or it makes no sense
     */
    static ScenarioChoice of(
            String given, InputOptions options, MachineOptions machine, InputResolver inputs, OutputFiles files)
            throws IOException {
        refuse("--trace", options.trace);
        refuse("--workload", options.workload);
        refuse("--accesses", options.accesses);
        if (options.processes > 1 || options.passes != 1 || options.prefault || options.skipOutside
                || options.foldAddresses || machine.shape.vms > 1) {
            throw new WrongUsage(
                    "--scenario %s: it says by itself which VMs, vCPUs and processes there are, and is played"
                            .formatted(given) + " once as it stands; --cores and --quantum go with it");
        }
        if (options.quantum < 1) {
            throw new WrongUsage("--quantum %d: a vCPU makes at least one access".formatted(options.quantum));
        }
        long host = machine.hostMemory == null ? -1 : size("--host-memory", machine.hostMemory);
        files.reads("--scenario", Scenarios.fileOf(given));
        Scenario scenario = Scenarios.read(
                given,
                (workload, trace, accesses, seed) -> {
                    files.reads("the scenario's trace", trace);
                    return input(inputs, workload, trace, accesses, seed);
                },
                host, machine.seed);
        if (machine.guestMemory != null && size("--guest-memory", machine.guestMemory) != scenario.firstMemory()
                || machine.shape.vcpus != 1 && machine.shape.vcpus != scenario.firstVcpus()) {
            throw new WrongUsage(
                    "--scenario %s: it begins with a VM of %s and %d vCPUs; leave out --guest-memory and --vcpus"
                            .formatted(given, Sizes.text(scenario.firstMemory()), scenario.firstVcpus()));
        }
        machine.guestMemory = Sizes.text(scenario.firstMemory());
        machine.shape.vcpus = scenario.firstVcpus();
        if (machine.hostMemory == null) {
            machine.hostMemory = Sizes.text(
                    scenario.hostMemory() >= 0 ? scenario.hostMemory() : needed(scenario.mostLive()));
        }
        applyHost(given, scenario, machine.host);
        Map<String, Object> config = new LinkedHashMap<>(scenario.config());
        config.put("quantum", options.quantum);
        Input none = () -> {
            throw new IllegalStateException("a scenario opens its inputs by itself");
        };
        return new ScenarioChoice(
                scenario,
                new InputChoice(
                        none, new RunPlan(1, false, options.quantum), Footprint.NOT_KNOWN, false, null, config,
                        new LeftOut(), null));
    }

    /** What a scenario says of the host, and its options do not. */
    private static void applyHost(String given, Scenario scenario, HostOptions host) {
        if (host.dirtyLog != null && scenario.logs()) {
            throw new WrongUsage("--scenario %s: it says by itself when stores are logged; leave out --dirty-log"
                    .formatted(given));
        }
        host.reclaim = host.reclaim == null ? scenario.reclaim() : host.reclaim;
        host.pageContents = host.pageContents == null ? scenario.pageContents() : host.pageContents;
        host.onDemand = scenario.asksHost();
    }

    private static void refuse(String option, @Nullable Object value) {
        if (value != null) {
            throw new WrongUsage("%s and --scenario exclude each other: give one".formatted(option));
        }
    }

    private static long size(String option, String text) {
        try {
            return Sizes.parse(text);
        } catch (IllegalArgumentException e) {
            throw new WrongUsage(option + ": " + e.getMessage(), e);
        }
    }

    private static long needed(long guests) {
        return (guests + guests / VMM_SHARE + 2 * GIB - 1) / GIB * GIB;
    }

    private static Input input(
            InputResolver inputs, @Nullable String workload, @Nullable String trace, @Nullable Long accesses,
            long seed) {
        InputOptions options = new InputOptions();
        options.workload = workload;
        options.trace = trace;
        options.accesses = accesses;
        return inputs.resolve(options, seed).input();
    }
}
