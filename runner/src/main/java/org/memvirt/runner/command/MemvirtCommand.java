package org.memvirt.runner.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code memvirt} without a command: shows the help. */
@Command(name = "memvirt", description = "A laboratory for memory virtualization: exact counts of what address"
        + " translation does.", synopsisSubcommandLabel = "COMMAND", usageHelpWidth = 100,
        versionProvider = Version.class,
        footer = {"", "Exit status: 0 done; 1 a check failed; 2 wrong usage or configuration; 3 bad input; 4 internal"
                + " error.",
            "", "Start with: memvirt compare --trace FILE. 'memvirt help COMMAND' shows the options of a command."})
final class MemvirtCommand extends CommandGroup {
    @Option(names = {"-V", "--version"}, versionHelp = true, description = "Show the version.")
    private boolean version;
}
