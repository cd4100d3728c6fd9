package org.memvirt.runner.command;

import org.memvirt.runner.config.InputOptions;
import org.memvirt.runner.config.MachineOptions;
import org.memvirt.runner.config.ShapeOptions;
import picocli.CommandLine.Mixin;

/** The options of a command that plays an input, beside its strategies. */
final class RunOptions {
    @Mixin
    final InputOptions input = new InputOptions();

    @Mixin
    final MachineOptions machine = new MachineOptions();

    @Mixin
    final ShapeOptions shape = new ShapeOptions();

    @Mixin
    final ReportOptions where = new ReportOptions();

    @Mixin
    final MetricsOptions metrics = new MetricsOptions();

    @Mixin
    final ConfigOption config = new ConfigOption();

    @Mixin
    final CommonOptions common = new CommonOptions();
}
