package org.memvirt.runner.command;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.Machine;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.runner.config.MachineChoice;
import org.memvirt.runner.report.RunReport;
import org.memvirt.runner.trace.LeftOut;

/** A machine of a command, what plays it, and how that ended. */
final class PlayedMachine {
    private final MachineChoice choice;
    private final String name;
    private final Machine machine;
    private final Simulation simulation;
    private RunReport.LeftOut leftOut = new RunReport.LeftOut(0, 0);
    private @Nullable Exception whyEnded;

    /** @param name what tells it from the others of the command */
    PlayedMachine(MachineChoice choice, String name, Machine machine, RunPlan plan) {
        this.choice = choice;
        this.name = name;
        this.machine = machine;
        simulation = new Simulation(machine, plan);
    }

    MachineChoice choice() {
        return choice;
    }

    String name() {
        return name;
    }

    Simulation simulation() {
        return simulation;
    }

    /** The labels of its metrics. */
    Map<String, String> labels() {
        return Map.of("mmu", choice.mmu(), "format", choice.machine().format().name(), "vmm", name);
    }

    /** The address after the last that its programs may have. */
    long userEnd() {
        return machine.kernel().userEnd();
    }

    /** Whether each of several vCPUs reads the input for itself. */
    boolean readsForEachVcpu() {
        return machine.players().size() > 1;
    }

    long accesses() {
        return machine.counters().accesses();
    }

    /** Notes how much of its input was not played. */
    void took(LeftOut ofInput) {
        leftOut = new RunReport.LeftOut(ofInput.badRecords(), ofInput.outside());
    }

    /** Notes why it ended before its input did. */
    void ended(Exception why) {
        whyEnded = why;
    }

    @Nullable Exception whyEnded() {
        return whyEnded;
    }

    /**
     * What it counted.
     *
     * @param input what was resolved of that, by long option name
     * @param error why it did not reach its end, or null
     */
    RunReport report(Map<String, Object> input, @Nullable String error, boolean audited) {
        Map<String, Object> config = new LinkedHashMap<>(choice.config());
        config.putAll(input);
        return new RunReport(
                name, choice.machine().vmm().isVirtual(), config, simulation.resultSoFar(), leftOut, error,
                audited ? machine.audit() : null);
    }
}
