package org.memvirt.runner.command;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The manual page of one command in the macros of man(7), made of what picocli knows of the command. */
final class ManPage {
    private static final String EXIT_STATUS = """
            .TP
            0
            Done.
            .TP
            1
            The run ended and what it checks failed.
            .TP
            2
            Wrong usage or configuration, or a file that is not there.
            .TP
            3
            Bad input data.
            .TP
            4
            Internal error, or a plug-in's.
            .TP
            130, 143
            Interrupted, or asked to terminate; the part that was done is reported.
            """;

    private final CommandSpec command;
    private final StringBuilder text = new StringBuilder();

    private ManPage(CommandSpec command) {
        this.command = command;
    }

    static String of(CommandLine command) {
        ManPage page = new ManPage(command.getCommandSpec());
        page.write();
        return page.text.toString();
    }

    /** What {@code man} takes: {@code memvirt-trace-convert}. */
    static String name(CommandSpec command) {
        return command.qualifiedName("-");
    }

    private void write() {
        String name = name(command);
        text.append(".\\\" Made of the command line's own description: see ManPagesTest.\n");
        text.append(".TH \"%s\" 1 \"\" memvirt \"User Commands\"\n".formatted(escaped(name.toUpperCase(Locale.ROOT))));
        text.append(".SH NAME\n").append(escaped(name)).append(" \\- ")
                .append(escaped(lowerFirst(description()))).append('\n');
        text.append(".SH SYNOPSIS\n");
        for (String synopsis : synopses()) {
            text.append(escaped(synopsis)).append("\n.br\n");
        }
        text.append(".SH DESCRIPTION\n").append(escaped(description())).append('\n');
        if (!command.positionalParameters().isEmpty()) {
            text.append(".SH ARGUMENTS\n");
            command.positionalParameters().forEach(parameter -> entry(parameter.paramLabel(), parameter));
        }
        if (!command.subcommands().isEmpty()) {
            text.append(".SH COMMANDS\n");
            command.subcommands().forEach((word, below) -> text.append(".TP\n\\fB")
                    .append(escaped(word))
                    .append("\\fR\n")
                    .append(escaped(String.join(" ", below.getCommandSpec().usageMessage().description())))
                    .append('\n'));
        }
        text.append(".SH OPTIONS\n");
        Map<String, List<OptionSpec>> groups = OptionGroups.of(command);
        groups.forEach((heading, options) -> {
            if (groups.size() > 1) {
                text.append(".SS ").append(heading).append('\n');
            }
            options.forEach(option -> entry(label(option), option));
        });
        text.append(".SH EXIT STATUS\n").append(EXIT_STATUS);
        text.append(".SH SEE ALSO\n").append(seeAlso()).append('\n');
    }

    private String description() {
        return String.join(" ", command.usageMessage().description());
    }

    private List<String> synopses() {
        String[] custom = command.usageMessage().customSynopsis();
        return custom.length > 0 ? List.of(custom) : List.of(command.qualifiedName() + " COMMAND [OPTIONS]");
    }

    private void entry(String label, ArgSpec argument) {
        text.append(".TP\n\\fB").append(escaped(label)).append("\\fR\n");
        String words = String.join(" ", argument.description())
                .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()));
        text.append(escaped(words)).append('\n');
    }

    private static String label(OptionSpec option) {
        String names = String.join(", ", option.names());
        if (option.arity().max() == 0) {
            return names;
        }
        return names + (option.arity().min() == 0 ? "[=%s]" : "=%s").formatted(option.paramLabel());
    }

    private String seeAlso() {
        CommandSpec top = command;
        while (top.parent() != null) {
            top = top.parent();
        }
        StringBuilder pages = new StringBuilder();
        CommandSpec self = command;
        List<CommandSpec> near = command.subcommands().isEmpty()
                ? List.of(top)
                : command.subcommands().values().stream().map(CommandLine::getCommandSpec).toList();
        near.stream().filter(page -> page != self).forEach(page -> pages
                .append(pages.isEmpty() ? "" : ",\n")
                .append("\\fB")
                .append(escaped(name(page)))
                .append("\\fR(1)"));
        return pages.toString();
    }

    private static String lowerFirst(String words) {
        return words.substring(0, 1).toLowerCase(Locale.ROOT) + words.substring(1).replaceFirst("\\.$", "");
    }

    /** As troff takes it for text: hyphens that can be copied, and nothing at the beginning that is a request. */
    private static String escaped(String words) {
        String safe = words.replace("\\", "\\e").replace("-", "\\-");
        return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
    }
}
