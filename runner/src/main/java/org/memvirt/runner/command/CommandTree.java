package org.memvirt.runner.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.config.ConfigFile;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** All commands, and the way from arguments to an exit status. */
public final class CommandTree {
    private static final Set<String> NOT_IN_A_FILE = Set.of("config", "help");

    private CommandTree() {}

    /** What must be known before the rest is parsed. */
    @Command
    private static final class Ahead {
        @Option(names = "--config")
        @Nullable Path config;

        @Option(names = "--trace")
        @Nullable String trace;

        @Option(names = "--workload")
        @Nullable String workload;
    }

    /** Runs one command; gives its exit status. */
    public static int execute(Console console, String... arguments) {
        Failures failures = new Failures(console, List.of(arguments));
        try {
            CommandLine tree = new CommandLine(new MemvirtCommand())
                    .addSubcommand(new ListCommand(console))
                    .addSubcommand(new RunCommand(console))
                    .addSubcommand(new CompareCommand(console))
                    .addSubcommand(new WalkCommand(console))
                    .addSubcommand(new InspectCommand(console))
                    .addSubcommand(new ConformCommand(console))
                    .addSubcommand(new CommandLine(new TraceCommand())
                            .addSubcommand(new TraceConvertCommand(console))
                            .addSubcommand(new TraceInfoCommand(console)));
            tree.setOut(new PrintWriter(console.out(), true));
            tree.setErr(new PrintWriter(console.err(), true));
            tree.setColorScheme(
                    CommandLine.Help.defaultColorScheme(
                            console.coloured() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
            tree.setExecutionExceptionHandler(failures);
            tree.setParameterExceptionHandler(failures);
            readConfig(tree, arguments);
            return tree.execute(arguments);
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            return failures.report(e);
        }
    }

    private static void readConfig(CommandLine tree, String... arguments) throws IOException {
        Ahead ahead = new Ahead();
        try {
            new CommandLine(ahead).setUnmatchedArgumentsAllowed(true).parseArgs(arguments);
        } catch (CommandLine.ParameterException e) {
            return; // The real parsing will say what is wrong.
        }
        if (ahead.config == null) {
            return;
        }
        // The commands that make machines are those that take a configuration file.
        List<CommandLine> configured = tree.getSubcommands().values().stream()
                .filter(command -> command.getCommandSpec().findOption("--config") != null)
                .toList();
        Set<String> known = new TreeSet<>();
        for (CommandLine command : configured) {
            for (OptionSpec option : command.getCommandSpec().options()) {
                known.add(option.longestName().substring(2));
            }
        }
        known.removeAll(NOT_IN_A_FILE);
        ConfigFile file = ConfigFile.read(ahead.config, known);
        file.yieldTo(ahead.trace != null, ahead.workload != null);
        configured.forEach(command -> command.setDefaultValueProvider(file));
    }
}
