package org.memvirt.runner.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.config.ConfigFile;
import org.memvirt.runner.plugin.PluginFault;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine;

/** How a command ends that cannot do what it was asked. */
final class Failures implements CommandLine.IExecutionExceptionHandler, CommandLine.IParameterExceptionHandler {
    private static final String PERHAPS = "This is a fault of the plug-in, or of how memvirt deals with it";

    private static final Pattern OPTION = Pattern.compile("--[a-z0-9][a-z0-9-]*");

    private final Console console;
    private final List<String> arguments;
    private final Set<String> told = new HashSet<>();
    private @Nullable ConfigFile file;

    Failures(Console console, List<String> arguments) {
        this.console = console;
        this.arguments = arguments;
    }

    /** Has what is wrong with an option that the command line does not give told with its place in the file. */
    void explainBy(@Nullable ConfigFile configuration) {
        file = configuration;
    }

    /** The message, after the place in the configuration file of the first option that it names, if it came from there. */
    private String placed(String message) {
        Matcher option = OPTION.matcher(message);
        if (file == null || !option.find()) {
            return message;
        }
        String name = option.group();
        boolean typed = arguments.stream().anyMatch(given -> given.equals(name) || given.startsWith(name + "="));
        String place = typed ? null : file.placeOf(name.substring(2));
        return place == null ? message : place + ": " + message;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        return report(failure);
    }

    @Override
    public int handleParseException(CommandLine.ParameterException failure, String[] all) {
        if (failure.getCause() instanceof WrongUsage wrong) {
            return report(wrong);
        }
        CommandLine command = failure.getCommandLine();
        console.notice(placed(
                failure instanceof CommandLine.UnmatchedArgumentException unmatched
                        ? unknown(command, unmatched.getUnmatched().getFirst())
                        : ExitStatus.message(failure)));
        console.err().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitStatus.WRONG_USAGE;
    }

    private static String unknown(CommandLine command, String argument) {
        if (argument.startsWith("-")) {
            String option = argument.split("=", 2)[0];
            List<String> names = command.getCommandSpec().options().stream()
                    .map(CommandLine.Model.OptionSpec::longestName)
                    .toList();
            return "there is no option '%s'; the nearest is %s"
                    .formatted(option, NearestNames.sorted(option, names).getFirst());
        }
        Set<String> commands = command.getSubcommands().keySet();
        return commands.isEmpty()
                ? "'%s' is one argument too many".formatted(argument)
                : "there is no command '%s'; there is %s"
                        .formatted(argument, NearestNames.few(argument, commands, "'memvirt --help'"));
    }

    /** Says what went wrong; gives the exit status. */
    int report(Throwable failure) {
        int status = ExitStatus.of(failure);
        PluginFault fault = status == ExitStatus.INTERNAL ? console.plugins().faultIn(failure) : null;
        if (arguments.contains("--debug")) {
            failure.printStackTrace(console.err());
        }
        if (status == ExitStatus.CLOSED_PIPE || !told.add(ExitStatus.message(failure))) {
            return status;
        }
        if (fault != null) {
            console.notice(ExitStatus.message(fault));
            console.err().println(
                    details(fault.isCertain() ? "This is a fault of the plug-in, not of memvirt" : PERHAPS, fault));
        } else if (status != ExitStatus.INTERNAL) {
            console.notice(placed(ExitStatus.message(failure)));
        } else if (failure instanceof OutOfMemoryError) {
            console.notice(
                    "the simulator itself ran out of memory (%d MiB); give it more with MEMVIRT_JAVA_OPTS=-Xmx..."
                            .formatted(Runtime.getRuntime().maxMemory() >> 20));
        } else {
            console.notice("internal error: " + failure);
            console.err().println(details("This is a fault of memvirt, not yours. Please report it", failure));
        }
        return status;
    }

    /** Keeps the details of a failure in a file, and says which. */
    private String details(String whose, Throwable failure) {
        try {
            Path file = Files.createTempFile("memvirt-error-", ".txt");
            StringWriter text = new StringWriter();
            PrintWriter writer = new PrintWriter(text);
            writer.println("memvirt " + Version.text());
            writer.println("arguments: " + String.join(" ", arguments));
            failure.printStackTrace(writer);
            Files.writeString(file, text.toString());
            return "%s; %s has the details.".formatted(whose, file);
        } catch (IOException e) {
            return "%s; --debug prints the details.".formatted(whose);
        }
    }
}
