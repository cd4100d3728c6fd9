package org.memvirt.runner.command;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that only has commands below it. */
abstract class CommandGroup implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    @Override
    public final void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command? One of "
                + String.join(", ", spec.subcommands().keySet()));
    }
}
