package org.memvirt.runner.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code memvirt} without a command: shows the help. */
@Command(name = "memvirt", description = "A laboratory for memory virtualization: exact counts of what address"
        + " translation does.", synopsisSubcommandLabel = "COMMAND", usageHelpWidth = 100,
        versionProvider = Version.class,
        footer = {"", "Exit status: 0 done; 1 a check failed; 2 wrong usage or configuration; 3 bad input; 4 internal"
                + " error.",
            "", "Start with: memvirt compare --trace FILE"})
final class MemvirtCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "Show the version.")
    private boolean version;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command? One of "
                + String.join(", ", spec.subcommands().keySet()));
    }
}
