package org.memvirt.runner.config;

import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.TlbProvider;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.block.PresetTlb;
import org.memvirt.runner.plugin.Plugin;
import org.memvirt.runner.plugin.PluginFault;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.usage.WrongUsage;

/** What machines can be put together from. */
public record Backends(
        Plugins<MmuProvider> mmus,
        Plugins<PageTableFormat> formats,
        Plugins<TlbProvider> tlbs,
        Plugins<VmmProvider> vmms) {
    @Inject
    public Backends {}

    /**
     * The MMU of this name, if its hardware walks page tables.
     *
     * @throws WrongUsage when there is none of the name, or it knows the TLB alone
     */
    public ArchitectedPageTables pageTables(String mmu) {
        if (architecture(mmu) instanceof ArchitectedPageTables tables) {
            return tables;
        }
        throw new WrongUsage("--mmu %s: its hardware knows the TLB alone and walks no page tables; name one that does"
                .formatted(mmu));
    }

    /**
     * The MMU of this name.
     *
     * @throws WrongUsage when there is none
     */
    MmuArchitecture architecture(String mmu) {
        Plugin<MmuProvider> plugin = mmus.plugin(mmu);
        return plugin.answered("MMU", "its architecture", plugin.service().architecture());
    }

    /**
     * The MMU that is taken where none is named.
     *
     * @throws WrongUsage when there is none at all
     */
    public String usualMmu() {
        return PreferredMmus.first(mmus.all().stream().map(Plugin::name).toList());
    }

    /** The formats that serve a stage on an MMU: its own, then those that joined as services. */
    List<PageTableFormat> formats(String mmu, MmuArchitecture architecture, Stage stage) {
        List<PageTableFormat> all = new ArrayList<>(formats(architecture));
        for (Plugin<PageTableFormat> joined : formats.all()) {
            if (all.stream().anyMatch(own -> own.name().equals(joined.name()))) {
                throw new WrongUsage("two formats are named '%s': one of the MMU %s, one in %s; remove that jar"
                        .formatted(joined.name(), mmu, joined.origin()));
            }
            if (Boolean.TRUE.equals(formats.folder().ask(joined, format -> format.stages().contains(stage)))) {
                all.add(joined.service());
            }
        }
        all.removeIf(format -> !format.stages().contains(stage));
        return all;
    }

    /**
     * Notes that the command works with a format.
     *
     * @throws PluginFault when it is a plug-in's that says what no format can
     */
    PageTableFormat used(PageTableFormat format) {
        formats.all().stream()
                .filter(joined -> joined.name().equals(format.name()))
                .forEach(joined -> check(formats.use(joined)));
        return format;
    }

    /** Notes that the command works with a TLB. */
    TlbProvider used(TlbProvider tlb) {
        tlbs.all().stream().filter(joined -> joined.name().equals(tlb.name())).forEach(tlbs::use);
        return tlb;
    }

    private static void check(Plugin<PageTableFormat> joined) {
        int levels = joined.service().levels();
        if (levels < 1 || levels >= Walk.LEVELS) {
            throw PluginFault.of(joined.describe("format"),
                    ("says that it has %d levels; a format has 1 to %d, and tells by"
                            + " mostReferences() how many references a walk makes").formatted(levels, Walk.LEVELS - 1));
        }
    }

    /**
     * The TLBs that serve an MMU: those of its presets, then, where its hardware walks tables, those that joined as services.
     */
    List<TlbProvider> tlbs(String mmu, MmuArchitecture architecture) {
        List<TlbProvider> all = new ArrayList<>();
        boolean isArchitected = architecture instanceof ArchitectedTlb;
        architecture.tlbPresets().forEach(preset -> all.add(new PresetTlb(preset, !isArchitected)));
        if (isArchitected) {
            return all;
        }
        for (Plugin<TlbProvider> joined : tlbs.all()) {
            if (all.stream().anyMatch(own -> own.name().equals(joined.name()))) {
                throw new WrongUsage("two TLBs are named '%s': one of the MMU %s, one in %s; remove that jar"
                        .formatted(joined.name(), mmu, joined.origin()));
            }
            all.add(joined.service());
        }
        return all;
    }

    private static List<PageTableFormat> formats(MmuArchitecture architecture) {
        return switch (architecture) {
            case ArchitectedPageTables tables -> tables.formats();
            case ArchitectedTlb software -> software.formats();
        };
    }
}
