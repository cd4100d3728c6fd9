package org.memvirt.runner.command;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code memvirt help COMMAND}: what {@code memvirt COMMAND --help} shows. */
@Command(name = "help", description = "Show the help of a command.", usageHelpWidth = 100,
        customSynopsis = "memvirt help [COMMAND...]")
final class HelpCommand implements Runnable {
    private final Console console;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "COMMAND",
            description = "The command, such as run, or trace convert; without one, the help of memvirt.")
    private List<String> commands = List.of();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    HelpCommand(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        CommandLine shown = spec.parent().commandLine();
        for (String command : commands) {
            CommandLine below = shown.getSubcommands().get(command);
            if (below == null) {
                throw new CommandLine.UnmatchedArgumentException(shown, List.of(command));
            }
            shown = below;
        }
        shown.usage(console.out());
    }
}
