package org.memvirt.runner.command;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.workload.TraceFormat;
import org.memvirt.api.workload.WorkloadProvider;
import org.memvirt.engine.CostModels;
import org.memvirt.runner.config.Backends;
import org.memvirt.runner.config.PreferredMmus;
import org.memvirt.runner.plugin.BrokenJar;
import org.memvirt.runner.plugin.Plugin;
import org.memvirt.runner.plugin.PluginFolder;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.scenario.Scenarios;

/**
 * Everything that can be chosen by name.
 *
 * @param formats those that plug-ins add to every MMU with architected page tables
 * @param tlbs likewise
 * @param jars those of the plug-in folder, whether or not they offer anything
 */
record Listing(
        List<Mmu> mmus,
        List<Format> formats,
        List<Service> tlbs,
        List<Service> strategies,
        List<Service> workloads,
        List<Scenarios.Ready> scenarios,
        List<Service> traceFormats,
        List<Preset> costModels,
        List<String> jars,
        List<BrokenJar> brokenJars) {

    /** @param jar the jar that it came from, or the folder of its classes */
    record Mmu(
            String name,
            String description,
            String jar,
            List<Option> options,
            List<Format> formats,
            List<Preset> tlbs,
            List<Preset> walkCaches,
            List<Preset> nestedTlbs) {
        private Mmu only(Set<ListedPart> parts) {
            return new Mmu(
                    name, description, jar, options, Listing.only(formats, parts, ListedPart.FORMATS),
                    Listing.only(tlbs, parts, ListedPart.TLBS),
                    Listing.only(walkCaches, parts, ListedPart.WALK_CACHES),
                    Listing.only(nestedTlbs, parts, ListedPart.NESTED_TLBS));
        }
    }

    /** @param jar the jar that it came from, empty for an MMU's own */
    record Format(
            String name,
            String description,
            String jar,
            List<Integer> stages,
            int levels,
            int inputBits,
            int outputBits,
            List<String> pages,
            List<Option> options) {}

    record Service(String name, String description, String jar, List<Option> options) {}

    record Preset(String name, String description, String source) {}

    static Listing of(
            Backends backends,
            Plugins<WorkloadProvider> workloads,
            Plugins<TraceFormat> traceFormats,
            PluginFolder folder) {
        return new Listing(
                preferredFirst(each(backends.mmus(), Listing::mmu)),
                each(backends.formats(), plugin -> format(plugin.service(), plugin.origin())),
                each(backends.tlbs(),
                        plugin -> service(plugin, plugin.service().description(), plugin.service().options())),
                each(backends.vmms(),
                        plugin -> service(plugin, plugin.service().description(), plugin.service().options())),
                each(workloads, plugin -> service(plugin, plugin.service().description(), plugin.service().options())),
                Scenarios.ready(),
                each(traceFormats, plugin -> service(plugin, plugin.service().description(), List.of())),
                CostModels.all().stream()
                        .map(model -> new Preset(model.name(), "", model.source()))
                        .toList(),
                folder.paths(),
                folder.broken());
    }

    /** The same, in which all lists of other parts are empty. MMUs are there for what they have; what is broken stays. */
    Listing only(Set<ListedPart> parts) {
        boolean ofMmus = parts.contains(ListedPart.MMUS) || parts.contains(ListedPart.FORMATS)
                || parts.contains(ListedPart.TLBS) || parts.contains(ListedPart.WALK_CACHES)
                || parts.contains(ListedPart.NESTED_TLBS);
        return new Listing(
                ofMmus ? mmus.stream().map(mmu -> mmu.only(parts)).toList() : List.of(),
                only(formats, parts, ListedPart.FORMATS),
                only(tlbs, parts, ListedPart.TLBS),
                only(strategies, parts, ListedPart.STRATEGIES),
                only(workloads, parts, ListedPart.WORKLOADS),
                only(scenarios, parts, ListedPart.SCENARIOS),
                only(traceFormats, parts, ListedPart.TRACE_FORMATS),
                only(costModels, parts, ListedPart.COST_MODELS),
                only(jars, parts, ListedPart.PLUGINS),
                brokenJars);
    }

    private static <T> List<T> only(List<T> all, Set<ListedPart> parts, ListedPart part) {
        return parts.contains(part) ? all : List.of();
    }

    /** A row a service; one of the folder that cannot say all of it is among the broken instead. */
    private static <T, R> List<R> each(Plugins<T> plugins, Function<Plugin<T>, R> row) {
        List<R> rows = new ArrayList<>();
        for (Plugin<T> plugin : plugins.all()) {
            R its = plugins.folder().ask(plugin, service -> row.apply(plugin));
            if (its != null) {
                rows.add(its);
            }
        }
        return rows;
    }

    /** The one that is taken where none is named comes first. */
    private static List<Mmu> preferredFirst(List<Mmu> mmus) {
        List<String> order = PreferredMmus.sorted(mmus.stream().map(Mmu::name).toList());
        return mmus.stream().sorted(Comparator.comparing(mmu -> order.indexOf(mmu.name()))).toList();
    }

    private static Mmu mmu(Plugin<MmuProvider> plugin) {
        MmuArchitecture architecture = plugin.service().architecture();
        List<Preset> tlbs = architecture.tlbPresets().stream()
                .map(preset -> new Preset(preset.name(), preset.description(), preset.source()))
                .toList();
        String description = plugin.service().description();
        if (!(architecture instanceof ArchitectedPageTables tables)) {
            List<Format> kept = architecture instanceof ArchitectedTlb software
                    ? software.formats().stream().map(format -> format(format, "")).toList()
                    : List.of();
            return new Mmu(plugin.name(), description, plugin.origin(), architecture.options(), kept, tlbs, List.of(),
                    List.of());
        }
        return new Mmu(
                plugin.name(),
                description,
                plugin.origin(),
                architecture.options(),
                tables.formats().stream().map(format -> format(format, "")).toList(),
                tlbs,
                tables.walkCachePresets().stream()
                        .map(preset -> new Preset(preset.name(), preset.description(), preset.source()))
                        .toList(),
                tables.nestedTlbPresets().stream()
                        .map(preset -> new Preset(preset.name(), preset.description(), preset.source()))
                        .toList());
    }

    private static Format format(PageTableFormat format, String origin) {
        return new Format(
                format.name(),
                format.description(),
                origin,
                format.stages().stream().map(stage -> stage.number()).sorted().toList(),
                format.levels(),
                format.inputBits(),
                format.outputBits(),
                format.pageShifts().stream().map(Sizes::ofPage).toList(),
                format.options());
    }

    private static Service service(Plugin<?> plugin, String description, List<Option> options) {
        return new Service(
                plugin.name(), Objects.requireNonNull(description, "description()"), plugin.origin(),
                List.copyOf(options));
    }
}
