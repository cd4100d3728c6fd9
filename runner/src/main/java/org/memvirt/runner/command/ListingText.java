package org.memvirt.runner.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.memvirt.api.option.Option;
import org.memvirt.runner.scenario.Scenarios;
import org.memvirt.runner.usage.Quoted;

/** A {@link Listing} as text for people; presets with their sources, options with their defaults. */
final class ListingText {
    private static final int WIDTH = 100;
    private static final int NAME_WIDTH = 16;

    private final StringBuilder text = new StringBuilder();

    private ListingText() {}

    /** @param parts those that the listing has; an MMU itself is shown only if asked for */
    static String of(Listing listing, Set<ListedPart> parts) {
        ListingText written = new ListingText();
        written.write(listing, parts.contains(ListedPart.MMUS));
        return written.text.toString();
    }

    private void write(Listing listing, boolean showsMmus) {
        for (Listing.Mmu mmu : listing.mmus()) {
            if (showsMmus) {
                heading("MMU (--mmu)");
                entry(mmu.name(), mmu.description() + from(mmu.jar()));
                options(mmu.options());
            }
            for (int stage = 1; stage <= 2; stage++) {
                int which = stage;
                formats(
                        "Stage %d formats of %s (%s); the first is the default"
                                .formatted(stage, mmu.name(), stage == 1 ? "--format" : "--second-stage"),
                        mmu.formats().stream()
                                .filter(format -> format.stages().contains(which))
                                .toList());
            }
            presets("TLBs of " + mmu.name() + " (--tlb); the first is the default", mmu.tlbs());
            presets("Walk caches of " + mmu.name() + " (--walk-cache), or none", mmu.walkCaches());
            presets("Nested TLBs of " + mmu.name() + " (--nested-tlb), or none", mmu.nestedTlbs());
        }
        formats("Formats of plug-ins (--format, --second-stage)", listing.formats());
        services("TLBs of plug-ins (--tlb)", listing.tlbs());
        services("Strategies (--vmm)", listing.strategies());
        services("Workloads (--workload)", listing.workloads());
        scenarios(listing.scenarios());
        services("Trace formats (--trace-format)", listing.traceFormats());
        presets("Cost models (--cost-model); the first is the default", listing.costModels());
        if (!listing.jars().isEmpty()) {
            heading("Jars of the plug-in folder");
            listing.jars().forEach(jar -> text.append("  ").append(jar).append('\n'));
        }
        if (!listing.brokenJars().isEmpty()) {
            heading("Plug-ins that cannot be used");
            listing.brokenJars().forEach(broken -> entry(broken.jar(), broken.reason()));
        }
    }

    private void scenarios(List<Scenarios.Ready> scenarios) {
        if (scenarios.isEmpty()) {
            return;
        }
        heading("Scenarios (--scenario)");
        for (Scenarios.Ready scenario : scenarios) {
            entry(scenario.name(), scenario.description());
            scenario.options().forEach((name, value) -> detail(name + "=" + value));
        }
    }

    private void formats(String heading, List<Listing.Format> formats) {
        if (formats.isEmpty()) {
            return;
        }
        heading(heading);
        for (Listing.Format format : formats) {
            entry(format.name(), format.description() + from(format.jar()));
            detail("%d levels, %d to %d address bits, pages of %s"
                    .formatted(
                            format.levels(),
                            format.inputBits(),
                            format.outputBits(),
                            String.join(", ", format.pages())));
            options(format.options());
        }
    }

    private void presets(String heading, List<Listing.Preset> presets) {
        if (presets.isEmpty()) {
            return;
        }
        heading(heading);
        for (Listing.Preset preset : presets) {
            if (preset.description().isEmpty()) {
                entry(preset.name(), preset.source());
            } else {
                entry(preset.name(), preset.description());
                detail("source: " + preset.source());
            }
        }
    }

    private void services(String heading, List<Listing.Service> services) {
        if (services.isEmpty()) {
            return;
        }
        heading(heading);
        for (Listing.Service service : services) {
            entry(service.name(), service.description() + from(service.jar()));
            options(service.options());
        }
    }

    private void options(List<Option> options) {
        for (Option option : options) {
            detail("%s=%s: %s".formatted(option.name(), option.defaultText(), option.description()));
        }
    }

    private static String from(String jar) {
        return jar.isEmpty() ? "" : " [" + Path.of(jar).getFileName() + "]";
    }

    private void heading(String heading) {
        text.append(text.isEmpty() ? "" : "\n").append(heading).append('\n');
    }

    private void entry(String name, String description) {
        text.append("  ").append(name);
        int column = 2 + name.length();
        if (column > NAME_WIDTH) {
            text.append('\n');
            column = 0;
        }
        text.append(" ".repeat(NAME_WIDTH + 2 - column));
        wrapped(description, NAME_WIDTH + 2);
    }

    private void detail(String detail) {
        text.append(" ".repeat(NAME_WIDTH + 4));
        wrapped(detail, NAME_WIDTH + 6);
    }

    private void wrapped(String words, int indent) {
        int column = indent;
        for (String word : Quoted.fit(words).split(" ")) {
            if (column > indent && column + word.length() + 1 > WIDTH) {
                text.append('\n').append(" ".repeat(indent));
                column = indent;
            }
            if (column > indent) {
                text.append(' ');
                column++;
            }
            text.append(word);
            column += word.length();
        }
        text.append('\n');
    }
}
