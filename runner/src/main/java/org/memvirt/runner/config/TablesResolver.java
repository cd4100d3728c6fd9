package org.memvirt.runner.config;

import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.walk.Stage;
import org.memvirt.runner.image.ImageMachine;
import org.memvirt.runner.image.MemoryImage;
import org.memvirt.runner.inspect.GivenTables;
import org.memvirt.runner.inspect.RegimeBelow;
import org.memvirt.runner.plugin.Plugin;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.Notices;
import org.memvirt.runner.usage.WrongUsage;

/** Turns {@link TableOptions} into the page tables of an image. */
public final class TablesResolver {
    private final Backends backends;
    private final Notices notices;

    @Inject
    public TablesResolver(Backends backends, Notices notices) {
        this.backends = backends;
        this.notices = notices;
    }

    /**
     * Resolves all options.
     *
     * @throws WrongUsage when options contradict each other, name what is not there, or are too few
     * @throws BadInput when the image is another machine's, or a file of registers is none
     */
    public Regime resolve(TableOptions options, MemoryImage image) {
        String name = mmu(options, image);
        ArchitectedPageTables mmu = backends.pageTables(name);
        checkFormatIsOfMachine("--format", options.format, name, image);
        checkFormatIsOfMachine("--second-stage", options.secondStage, name, image);
        TableRoot stageTwo = stageTwo(options, name, mmu);
        if (options.registers.given()) {
            return below(fromRegisters(options, image, name, mmu), stageTwo, options);
        }
        if (options.root == null) {
            if (options.format != null) {
                throw new WrongUsage("--format %s: give the tables' --root, too".formatted(options.format));
            }
            if (stageTwo == null) {
                throw new WrongUsage("where are the page tables? Give --registers, or --root and --format");
            }
            return new GivenTables(mmu, unpaged(stageTwo.format()), stageTwo);
        }
        long root = root("--root", options.root);
        checkFormatIsKnown(options, name, mmu, image);
        PageTableFormat format =
                ofKernel(format(name, mmu, List.of(Stage.values()), "--format", options.format), options, image, mmu);
        if (format.roots() > 1) {
            throw new WrongUsage(
                    "--root %s is one root, and %s has %d, each with tables of its own: give --registers, or choose the tables of"
                            .formatted(options.root, format.name(), format.roots())
                            + " one by an option of the format, which 'memvirt list' shows");
        }
        if (format.stages().contains(Stage.STAGE_1)) {
            return new GivenTables(mmu, new TableRoot(format, root), stageTwo);
        }
        if (stageTwo != null) {
            throw new WrongUsage(
                    "--format %s is a second stage, and another is given below it".formatted(format.name()));
        }
        return new GivenTables(mmu, unpaged(format), new TableRoot(format, root));
    }

    /** Of a machine whose tables may have several formats, none is taken for granted. */
    private void checkFormatIsKnown(TableOptions options, String name, ArchitectedPageTables mmu, MemoryImage image) {
        ImageMachine machine = image.machine();
        if (options.format == null && machine != null && !machine.usesFirstFormat()) {
            throw new WrongUsage(
                    "--root %s: %s is the memory of an %s machine, whose tables may have more than one format: say which, with"
                            .formatted(options.root, image.name(), machine)
                            + " --format; MMU %s has %s".formatted(
                                    name,
                                    String.join(
                                            ", ",
                                            backends.formats(name, mmu, Stage.STAGE_1).stream()
                                                    .map(PageTableFormat::name)
                                                    .toList())));
        }
    }

    private String mmu(TableOptions options, MemoryImage image) {
        ImageMachine machine = image.machine();
        String name = options.mmu != null ? options.mmu : machine == null ? backends.usualMmu() : machine.mmu();
        if (machine == null || options.mmu == null && has(name)) {
            return name;
        }
        if (options.mmu == null) {
            throw new BadInput(
                    "%s is the memory of an %s machine, and there is no MMU '%s' to read its tables; there is"
                            .formatted(image.name(), machine, name)
                            + " " + String.join(", ", names()));
        }
        for (ImageMachine other : ImageMachine.values()) {
            if (other != machine && other.mmu().equals(name)) {
                throw new BadInput("%s is the memory of an %s machine; --mmu %s reads the tables of %s"
                        .formatted(image.name(), machine, name, other));
            }
        }
        return name;
    }

    /** A format of another machine's MMU is refused for what the image is: its header tells whose memory it holds. */
    private void checkFormatIsOfMachine(String option, @Nullable String given, String mmu, MemoryImage image) {
        ImageMachine machine = image.machine();
        if (machine == null || given == null || !machine.mmu().equals(mmu)) {
            return;
        }
        String format = Selection.parse(option, given).name();
        for (ImageMachine other : ImageMachine.values()) {
            if (!other.mmu().equals(mmu) && hasFormat(other.mmu(), format) && !hasFormat(mmu, format)) {
                throw new BadInput("%s is the memory of an %s machine; %s %s is of %s"
                        .formatted(image.name(), machine, option, given, other));
            }
        }
    }

    private boolean hasFormat(String mmu, String format) {
        return has(mmu)
                && Stream.of(Stage.values())
                        .flatMap(stage -> backends.formats(mmu, backends.architecture(mmu), stage).stream())
                        .anyMatch(known -> known.name().equals(format));
    }

    private boolean has(String name) {
        return names().contains(name);
    }

    private List<String> names() {
        return backends.mmus().all().stream().map(Plugin::name).toList();
    }

    private Regime fromRegisters(
            TableOptions options, MemoryImage image, String name, ArchitectedPageTables mmu) {
        if (options.root != null || options.format != null) {
            throw new WrongUsage("--registers hold the root and choose the format: give them, or --root and --format");
        }
        Map<String, String> values = new LinkedHashMap<>(options.registers.values(name, mmu, notices));
        kernelTells(image, mmu).forEach((register, value) -> {
            if (values.keySet().stream().noneMatch(register::equalsIgnoreCase)) {
                values.put(register, value);
                taken(image, register, value);
            }
        });
        return RegisterOptions.regime(values, name, mmu);
    }

    /** The format with what the kernel in the image tells of its tables, where the user did not say so. */
    private PageTableFormat ofKernel(
            PageTableFormat format, TableOptions options, MemoryImage image, ArchitectedPageTables mmu) {
        Set<String> given = options.format == null
                ? Set.of()
                : Selection.parse("--format", options.format).options().keySet();
        Map<String, String> told = new LinkedHashMap<>(kernelTells(image, mmu));
        told.keySet().removeIf(name -> given.contains(name)
                || format.options().stream().noneMatch(option -> option.name().equals(name)));
        told.forEach((name, value) -> taken(image, name, value));
        return told.isEmpty() ? format : format.with(told);
    }

    private static Map<String, String> kernelTells(MemoryImage image, ArchitectedPageTables mmu) {
        String text = image.vmcoreinfo();
        return text == null ? Map.of() : mmu.readVmcoreinfo(text);
    }

    private void taken(MemoryImage image, String name, String value) {
        notices.say("%s=%s is taken from the note VMCOREINFO in %s".formatted(name, value, image.name()));
    }

    /** The regime above a second stage that was given apart from it. */
    private static Regime below(Regime regime, @Nullable TableRoot stageTwo, TableOptions options) {
        if (stageTwo != null && regime.stageTwo() != null) {
            throw new WrongUsage("--stage2-root %s: the registers hold the root of a second stage already"
                    .formatted(options.stage2Root));
        }
        TableRoot first = regime.stageOne().getFirst();
        if (stageTwo == null && regime.stageTwo() == null && first.format() instanceof Unpaged) {
            throw new WrongUsage("--registers: they leave translation off, so there is no page table");
        }
        if (!regime.missingRoots().isEmpty()) {
            throw new WrongUsage("--registers: %s is not given, which holds the root of the tables"
                    .formatted(String.join(", ", regime.missingRoots())));
        }
        return stageTwo == null ? regime : new RegimeBelow(regime, stageTwo);
    }

    private @Nullable TableRoot stageTwo(TableOptions options, String name, ArchitectedPageTables mmu) {
        if (options.stage2Root == null) {
            if (options.secondStage != null) {
                throw new WrongUsage("--second-stage %s: give its --stage2-root, too".formatted(options.secondStage));
            }
            return null;
        }
        return new TableRoot(
                format(name, mmu, List.of(Stage.STAGE_2), "--second-stage", options.secondStage),
                root("--stage2-root", options.stage2Root));
    }

    private static long root(String option, String text) {
        try {
            return AddressText.parse(text);
        } catch (WrongUsage e) {
            throw new WrongUsage(option + ": " + e.getMessage(), e);
        }
    }

    /** Below a first stage that is off, addresses are as wide as the second takes. */
    private static TableRoot unpaged(PageTableFormat stageTwo) {
        return new TableRoot(new Unpaged(stageTwo.inputBits()), 0);
    }

    private PageTableFormat format(
            String mmuName, ArchitectedPageTables mmu, List<Stage> stages, String option, @Nullable String given) {
        List<PageTableFormat> all = new ArrayList<>();
        stages.forEach(stage -> all.addAll(backends.formats(mmuName, mmu, stage)));
        return FormatChoice.of(backends, "page-table format of MMU " + mmuName, all, option, given).format();
    }
}
