package org.memvirt.runner.config;

import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.option.Options;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Stage;
import org.memvirt.engine.CostModel;
import org.memvirt.engine.CostModels;
import org.memvirt.engine.MachineConfig;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.guest.GuestPages;
import org.memvirt.engine.guest.GuestPolicy;
import org.memvirt.engine.host.HostPolicy;
import org.memvirt.runner.usage.Notices;
import org.memvirt.runner.usage.WrongUsage;

/** Turns {@link MachineOptions} into the configuration of one machine a strategy. */
public final class MachineResolver {
    private static final String NONE = "none";
    private static final String VM_TAGS = "vm-tags";
    private static final int MOST_VMS = 1024;
    private static final int MOST_CPUS = 256;

    private final Backends backends;
    private final Notices notices;

    @Inject
    public MachineResolver(Backends backends, Notices notices) {
        this.backends = backends;
        this.notices = notices;
    }

    /** A strategy that was chosen, and the values of its options. */
    private record Strategy(VmmProvider provider, Options values, String resolved) {}

    /**
     * Resolves all options.
     *
     * @param choice the MMUs, of several each takes what it has first; what each has in turn; the strategies, one machine each
     * @param footprint what the input touches
     * @throws WrongUsage when options contradict each other or name what is not there
     */
    public List<MachineChoice> resolve(MachineOptions options, MachineList choice, Footprint footprint) {
        if (choice.severalMmus()) {
            refuseWhatOneMmuHas(options, choice.mmus());
        }
        List<MachineChoice> machines = new ArrayList<>();
        for (String mmu : choice.mmus()) {
            machines.addAll(ofMmu(options, mmu == null ? backends.usualMmu() : mmu, choice, footprint));
        }
        return machines;
    }

    private static void refuseWhatOneMmuHas(MachineOptions options, List<@Nullable String> mmus) {
        Map<String, @Nullable String> given = new LinkedHashMap<>();
        given.put("--format", options.format);
        given.put("--second-stage", options.secondStage);
        given.put("--registers", options.registers.registers);
        given.put("--tlb", options.tlb);
        given.put("--walk-cache", NONE.equals(options.walkCache) ? null : options.walkCache);
        given.put("--nested-tlb", NONE.equals(options.nestedTlb) ? null : options.nestedTlb);
        given.put("--stage2-walk-cache", NONE.equals(options.stageTwoWalkCache) ? null : options.stageTwoWalkCache);
        given.forEach((option, value) -> {
            if (value != null) {
                throw new WrongUsage("%s %s: of several MMUs (--mmu %s) each takes its own first; leave it out"
                        .formatted(option, value, String.join(",", mmus)));
            }
        });
    }

    private List<MachineChoice> ofMmu(
            MachineOptions options, String mmuText, MachineList choice, Footprint footprint) {
        List<Strategy> strategies = strategies(options, choice.vmms());
        boolean stageTwo = strategies.stream().anyMatch(strategy -> strategy.provider().usesStageTwo());
        if (!stageTwo && options.secondStage != null) {
            throw new WrongUsage("--second-stage %s: %s has no second stage"
                    .formatted(options.secondStage, names(strategies)));
        }
        if (options.format != null && options.registers.given()) {
            throw new WrongUsage("--format %s and --registers exclude each other: registers choose the format"
                    .formatted(options.format));
        }
        Selection chosenMmu = Selection.parse("--mmu", mmuText);
        MmuArchitecture mmu = with(backends.architecture(chosenMmu.name()), chosenMmu);
        List<MachineChoice> machines = new ArrayList<>();
        Regime regime = regime(options, chosenMmu.name(), mmu);
        if (regime != null && regime.stageTwo() != null && !stageTwo) {
            throw new WrongUsage("--registers: they set up a second stage, %s, and %s has none"
                    .formatted(regime.stageTwo().format().name(), names(strategies)));
        }
        for (MachineList.Caches caches : choice.caches()) {
            for (Strategy strategy : strategies) {
                machines.add(machine(options, chosenMmu, mmu, regime, caches, strategy, footprint));
            }
        }
        return machines;
    }

    private static MmuArchitecture with(MmuArchitecture usual, Selection chosen) {
        chosen.values("--mmu", "MMU", usual.options());
        try {
            return usual.with(chosen.options());
        } catch (IllegalArgumentException e) {
            throw new WrongUsage("--mmu %s: %s".formatted(chosen.text(), e.getMessage()), e);
        }
    }

    private static AddressLayout layout(ArchitectedTlb mmu, TlbChoice tlb, Strategy strategy) {
        AddressLayout usual = mmu.layout(tlb.preset());
        if (!strategy.provider().deprivileges()) {
            return usual;
        }
        AddressLayout deprivileged = mmu.deprivilegedLayout(tlb.preset());
        // What the processor lacks the machine says when it is built.
        return deprivileged == null ? usual : deprivileged;
    }

    private List<Strategy> strategies(MachineOptions options, List<Selection> vmms) {
        List<Strategy> strategies = new ArrayList<>();
        boolean vmTagsTaken = false;
        for (Selection given : vmms) {
            VmmProvider provider = backends.vmms().get(given.name());
            Selection selection = given;
            if (options.vmTags != null
                    && provider.options().stream().anyMatch(option -> option.name().equals(VM_TAGS))) {
                vmTagsTaken = true;
                String before = given.options().get(VM_TAGS);
                if (before != null && !before.equals(options.vmTags)) {
                    throw new WrongUsage("--vm-tags %s and %s:vm-tags=%s contradict each other: give one"
                            .formatted(options.vmTags, given.name(), before));
                }
                selection = given.with(VM_TAGS, options.vmTags);
            }
            Options values = selection.values("--vmm", "strategy", provider.options());
            strategies.add(new Strategy(provider, values, selection.resolved(provider.options(), values)));
        }
        if (options.vmTags != null && !vmTagsTaken) {
            throw new WrongUsage("--vm-tags %s: %s has no such option".formatted(options.vmTags, names(strategies)));
        }
        return strategies;
    }

    private static String names(List<Strategy> strategies) {
        return "--vmm "
                + String.join(
                        ",",
                        strategies.stream()
                                .map(strategy -> strategy.provider().name())
                                .toList());
    }

    private MachineChoice machine(
            MachineOptions options,
            Selection chosenMmu,
            MmuArchitecture mmu,
            @Nullable Regime regime,
            MachineList.Caches caches,
            Strategy strategy,
            Footprint footprint) {
        Map<String, Object> config = new LinkedHashMap<>();
        String mmuName = chosenMmu.name();
        config.put("mmu", chosenMmu.text());
        if (options.registers.registers != null) {
            config.put("registers", options.registers.registers);
        }
        PageTableFormat format = regime == null
                ? format(mmuName, mmu, Stage.STAGE_1, "--format", options.format, config)
                : format(options, regime);
        TableRoot below = regime == null ? null : regime.stageTwo();
        PageTableFormat stageTwo = null;
        if (strategy.provider().usesStageTwo()) {
            stageTwo = below == null
                    ? format(mmuName, mmu, Stage.STAGE_2, "--second-stage", options.secondStage, config)
                    : below.format();
        }
        config.put("vmm", strategy.resolved());

        TlbChoice tlb = TlbChoice.of(backends, backends.tlbs(mmuName, mmu), caches.tlb());
        config.put("tlb", tlb.resolved());
        WalkCacheChoice walkCache = WalkCacheChoice.of(walkCaches(mmu), caches.walkCache());
        config.put("walk-cache", walkCache.resolved());
        // Hardware has it whatever the strategy; without a second stage nothing looks it up.
        NestedTlbPreset nestedTlb =
                orNone("--nested-tlb", "nested-TLB preset", options.nestedTlb, nestedTlbs(mmu),
                        NestedTlbPreset::name);
        config.put("nested-tlb", nestedTlb == null ? NONE : nestedTlb.name());

        WalkCachePreset ofStageTwo = orNone("--stage2-walk-cache", "walk-cache preset", options.stageTwoWalkCache,
                walkCaches(mmu).stream().filter(preset -> preset.kind() == WalkCachePreset.Kind.PREFIX).toList(),
                WalkCachePreset::name);
        if (ofStageTwo != null) {
            config.put("stage2-walk-cache", ofStageTwo.name());
        }

        MachineShape shape = shape(options, strategy);
        PageChoice pages = PageChoice.of(options, format, stageTwo);
        AddressLayout layout = mmu instanceof ArchitectedTlb software ? layout(software, tlb, strategy) : null;
        MemoryChoice memory = MemoryChoice.of(options, footprint.on(shape), pages, format, stageTwo, layout);
        boolean free = freeKernel(options.guestKernel);
        CostModel costs = options.costModel == null
                ? CostModels.all().getFirst()
                : Selection.among("--cost-model", "cost model", options.costModel, CostModels.all(), CostModel::name);
        config.put("guest-kernel", options.guestKernel);
        config.put("guest-pages", pages.guestText());
        GuestPolicy policy =
                GuestChoice.of(options, mmu.tagWidths(format, stageTwo).asidBits(), format.pageShifts().size(), config);
        config.put("host-pages", pages.hostText());
        config.put("guest-memory", Sizes.text(memory.guest()));
        config.put("host-memory", Sizes.text(memory.host()));
        config.put("vms", shape.vms());
        config.put("vcpus", shape.vcpus());
        config.put("cores", shape.cores());
        config.put("cost-model", costs.name());
        config.put("seed", options.seed);
        HostPolicy hostPolicy = options.host.policy(pages.hostTransparent(), config);
        MachineConfig machine = new MachineConfig(
                mmu,
                format,
                stageTwo,
                strategy.provider(),
                strategy.values(),
                tlb.provider(),
                tlb.values(),
                walkCache.preset(),
                nestedTlb,
                ofStageTwo,
                memory.guest(),
                memory.host(),
                new GuestPages(pages.guestShift(), pages.transparent()),
                policy,
                pages.hostShift(),
                shape,
                free,
                costs,
                options.seed,
                hostPolicy);
        return new MachineChoice(machine, mmuName, config);
    }

    private static MachineShape shape(MachineOptions options, Strategy strategy) {
        within("--vms", options.shape.vms, MOST_VMS);
        within("--vcpus", options.shape.vcpus, MOST_CPUS);
        within("--cores", options.shape.cores, MOST_CPUS);
        if (options.shape.vms > 1 && !strategy.provider().isVirtual()) {
            throw new WrongUsage("--vms %d: strategy '%s' has no VMM, so there is one guest"
                    .formatted(options.shape.vms, strategy.provider().name()));
        }
        return new MachineShape(options.shape.cores, options.shape.vms, options.shape.vcpus);
    }

    private static void within(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new WrongUsage("%s %d: there are 1 to %d".formatted(option, value, most));
        }
    }

    /** What the registers set up, or null when there are none; the roots are the machine's own in any case. */
    private @Nullable Regime regime(MachineOptions options, String mmuName, MmuArchitecture architecture) {
        if (options.registers.registers == null) {
            return null;
        }
        if (!(architecture instanceof ArchitectedPageTables mmu)) {
            throw new WrongUsage("--registers %s: the hardware of %s walks no page tables that they could set up"
                    .formatted(options.registers.registers, mmuName));
        }
        Regime regime = RegisterOptions.regime(options.registers.values(mmuName, mmu, notices), mmuName, mmu);
        if (regime.stageOne().getFirst().format() instanceof Unpaged) {
            throw new WrongUsage("--registers %s: they leave translation off, so there is no page table"
                    .formatted(options.registers.registers));
        }
        if (regime.stageTwo() != null && options.secondStage != null) {
            throw new WrongUsage("--second-stage %s: the registers choose the second stage; give one of the two"
                    .formatted(options.secondStage));
        }
        return regime;
    }

    /** The format that registers choose. */
    private static PageTableFormat format(MachineOptions options, Regime regime) {
        try {
            return regime.format();
        } catch (IllegalArgumentException e) {
            throw new WrongUsage("--registers %s: %s".formatted(options.registers.registers, e.getMessage()), e);
        }
    }

    private PageTableFormat format(
            String mmuName,
            MmuArchitecture mmu,
            Stage stage,
            String option,
            @Nullable String given,
            Map<String, Object> config) {
        String kind = "stage-%d format of MMU %s".formatted(stage.number(), mmuName);
        FormatChoice choice = FormatChoice.of(backends, kind, backends.formats(mmuName, mmu, stage), option, given);
        config.put(option.substring(2), choice.resolved());
        return choice.format();
    }

    private static List<WalkCachePreset> walkCaches(MmuArchitecture mmu) {
        return mmu instanceof ArchitectedPageTables tables ? tables.walkCachePresets() : List.of();
    }

    private static List<NestedTlbPreset> nestedTlbs(MmuArchitecture mmu) {
        return mmu instanceof ArchitectedPageTables tables ? tables.nestedTlbPresets() : List.of();
    }

    private static <T> @Nullable T orNone(
            String option, String kind, @Nullable String given, List<T> presets, Function<T, String> name) {
        if (given == null) {
            return presets.isEmpty() ? null : presets.getFirst();
        }
        return given.equals(NONE) ? null : Selection.among(option, kind, given, presets, name);
    }

    private static boolean freeKernel(String given) {
        return switch (given) {
            case "simulated" -> false;
            case "free" -> true;
            default -> throw new WrongUsage("--guest-kernel %s: it is simulated or free".formatted(given));
        };
    }
}
