package org.memvirt.runner.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.config.ConfigFile;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** All commands, and the way from arguments to an exit status. */
public final class CommandTree {
    private static final String HELP = "help";
    private static final Set<String> NOT_IN_A_FILE = Set.of("config", HELP);

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
            Ahead ahead = ahead(arguments);
            Map<String, Supplier<Object>> commands = commands(console);
            // To read the annotations of a command takes a while. Those that it shares a configuration file with must be
            // known too.
            boolean all = arguments.length == 0 || ahead.config != null || arguments[0].equals(HELP);
            Supplier<Object> only = all ? null : commands.get(arguments[0]);
            CommandLine tree = only == null
                    ? whole(console)
                    : new CommandLine(new MemvirtCommand()).addSubcommand(arguments[0], only.get());
            tree.setOut(new PrintWriter(console.out(), true));
            tree.setErr(new PrintWriter(console.err(), true));
            tree.setColorScheme(
                    CommandLine.Help.defaultColorScheme(
                            console.coloured() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
            tree.registerConverter(Path.class, FileNames::parse);
            OptionGroups.showIn(tree);
            tree.setExecutionExceptionHandler(failures);
            tree.setParameterExceptionHandler(failures);
            failures.explainBy(readConfig(tree, ahead, arguments));
            int status = tree.execute(arguments);
            return flushed(console, failures, status);
        } catch (IOException | RuntimeException | Error e) {
            return failures.report(e);
        }
    }

    /** Results that did not reach standard output are a failure, if there was none before. */
    private static int flushed(Console console, Failures failures, int status) {
        try {
            console.flushResults();
            return status;
        } catch (IOException e) {
            int failed = failures.report(e);
            return status == ExitStatus.DONE || status == ExitStatus.CHECK_FAILED ? failed : status;
        }
    }

    /** All commands, for what describes them. */
    static CommandLine whole(Console console) {
        CommandLine tree = new CommandLine(new MemvirtCommand());
        commands(console).forEach((name, command) -> tree.addSubcommand(name, command.get()));
        return tree;
    }

    private static Map<String, Supplier<Object>> commands(Console console) {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("list", () -> new ListCommand(console));
        commands.put("run", () -> new RunCommand(console));
        commands.put("compare", () -> new CompareCommand(console));
        commands.put("walk", () -> new WalkCommand(console));
        commands.put("inspect", () -> new InspectCommand(console));
        commands.put("conform", () -> new ConformCommand(console));
        commands.put(
                "trace",
                () -> new CommandLine(new TraceCommand())
                        .addSubcommand(new TraceConvertCommand(console))
                        .addSubcommand(new TraceInfoCommand(console)));
        commands.put(HELP, () -> new HelpCommand(console));
        return commands;
    }

    private static Ahead ahead(String... arguments) {
        Ahead ahead = new Ahead();
        // An option may also come from a file of arguments, @FILE.
        if (Arrays.stream(arguments).noneMatch(each -> each.startsWith("--config") || each.startsWith("@"))) {
            return ahead;
        }
        try {
            new CommandLine(ahead).setUnmatchedArgumentsAllowed(true).parseArgs(arguments);
        } catch (CommandLine.ParameterException e) {
            return new Ahead(); // The real parsing will say what is wrong.
        }
        return ahead;
    }

    private static @Nullable ConfigFile readConfig(CommandLine tree, Ahead ahead, String... arguments)
            throws IOException {
        if (ahead.config == null) {
            return null;
        }
        // The commands that make machines are those that take a configuration file.
        List<CommandLine> configured = tree.getSubcommands().values().stream()
                .filter(command -> command.getCommandSpec().findOption("--config") != null)
                .toList();
        Set<String> known = new TreeSet<>();
        configured.forEach(command -> known.addAll(optionNames(command)));
        CommandLine running = tree.getSubcommands().get(arguments[0]);
        ConfigFile file = ConfigFile.read(
                ahead.config, known, running != null && configured.contains(running) ? optionNames(running) : known);
        file.yieldTo(ahead.trace != null, ahead.workload != null);
        configured.forEach(command -> command.setDefaultValueProvider(file));
        return file;
    }

    private static Set<String> optionNames(CommandLine command) {
        Set<String> names = new TreeSet<>();
        for (OptionSpec option : command.getCommandSpec().options()) {
            names.add(option.longestName().substring(2));
        }
        names.removeAll(NOT_IN_A_FILE);
        return names;
    }
}
