package org.memvirt.runner.command;

import java.lang.reflect.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.runner.config.HostOptions;
import org.memvirt.runner.config.InputOptions;
import org.memvirt.runner.config.MachineOptions;
import org.memvirt.runner.config.RegisterOptions;
import org.memvirt.runner.config.ShapeOptions;
import org.memvirt.runner.config.TableOptions;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Shows the options of a command in groups under headings: each belongs where the class that declares it does. */
final class OptionGroups {
    private static final String OWN = "Options";

    /** The headings in their order. */
    private static final List<String> ORDER =
            List.of(OWN, "The input", "The machine", "Results", "Counters for Prometheus", "General");

    private static final Map<Class<?>, String> HEADINGS = Map.ofEntries(
            Map.entry(InputOptions.class, "The input"),
            Map.entry(RunCommand.class, "The machine"),
            Map.entry(CompareCommand.class, "The machine"),
            Map.entry(MachineOptions.class, "The machine"),
            Map.entry(HostOptions.class, "The machine"),
            Map.entry(ShapeOptions.class, "The machine"),
            Map.entry(TableOptions.class, "The machine"),
            Map.entry(RegisterOptions.class, "The machine"),
            Map.entry(ReportOptions.class, "Results"),
            Map.entry(MetricsOptions.class, "Counters for Prometheus"),
            Map.entry(ConfigOption.class, "General"),
            Map.entry(CommonOptions.class, "General"));

    private OptionGroups() {}

    /** Has a command, and those below it, show their options so. */
    static void showIn(CommandLine tree) {
        Map<String, CommandLine.IHelpSectionRenderer> sections = new HashMap<>(tree.getHelpSectionMap());
        sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, OptionGroups::render);
        tree.setHelpSectionMap(sections);
    }

    /** The options that a command shows, by heading; in the order of their declaration. */
    static Map<String, List<OptionSpec>> of(CommandLine.Model.CommandSpec command) {
        Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
        ORDER.forEach(heading -> groups.put(heading, new ArrayList<>()));
        for (OptionSpec option : command.options()) {
            String heading = option.userObject() instanceof Member member
                    ? HEADINGS.getOrDefault(member.getDeclaringClass(), OWN)
                    : OWN;
            groups.getOrDefault(heading, new ArrayList<>()).add(option);
        }
        groups.values().removeIf(List::isEmpty);
        return groups;
    }

    private static String render(CommandLine.Help help) {
        Map<String, List<OptionSpec>> groups = of(help.commandSpec());
        if (groups.size() < 2) {
            return help.optionList();
        }
        StringBuilder text = new StringBuilder();
        groups.forEach((heading, options) -> text
                .append(help.colorScheme().text("%n@|bold %s:|@%n".formatted(heading)))
                .append(help.optionListExcludingGroups(options)));
        return text.toString();
    }
}
