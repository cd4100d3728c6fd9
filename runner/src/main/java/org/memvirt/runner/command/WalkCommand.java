package org.memvirt.runner.command;

import com.google.inject.Injector;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.runner.config.AddressText;
import org.memvirt.runner.config.Footprint;
import org.memvirt.runner.config.MachineChoice;
import org.memvirt.runner.config.MachineList;
import org.memvirt.runner.config.MachineOptions;
import org.memvirt.runner.config.MachineResolver;
import org.memvirt.runner.config.Selection;
import org.memvirt.runner.file.OutputFiles;
import org.memvirt.runner.report.JsonReport;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code memvirt walk}: one translation, step by step. */
@Command(name = "walk", description = "Draw the translation of one address: each reference to a table entry, in order.",
        sortOptions = false, usageHelpWidth = 100, customSynopsis = "memvirt walk ADDRESS [OPTIONS]")
final class WalkCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "ADDRESS", description = "The virtual address, 0x... in hex.")
    private String address = "";

    @Option(names = "--access", paramLabel = "read|write|execute", defaultValue = "read",
            description = "What the program does there (default: ${DEFAULT-VALUE}).")
    private String access = "read";

    @Option(names = "--vmm", paramLabel = "NAME[:key=value,...]", defaultValue = "nested",
            description = "The virtualization strategy (default: ${DEFAULT-VALUE}).")
    private String vmm = "nested";

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Option(names = "--json", arity = "0..1", paramLabel = "FILE", fallbackValue = ReportOptions.STANDARD_OUTPUT,
            preprocessor = AttachedFile.class, description = "As JSON, on standard output or in a file (--json=FILE).")
    private @Nullable String json;

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    WalkCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        new OutputFiles()
                .reads("--registers", machine.registers.file())
                .reads("--config", config.file == null ? null : config.file.toString())
                .writes("--json", json);
        long gva = AddressText.parse(address);
        int rights = rights(access);
        Injector injector = RunnerModule.injector(console, common);
        MachineChoice choice = injector.getInstance(MachineResolver.class)
                .resolve(
                        machine, MachineList.ofOne(machine, List.of(Selection.parse("--vmm", vmm))),
                        Footprint.NOT_KNOWN)
                .getFirst();
        Machine built = Runs.build(choice);
        if (choice.machine().mmu() instanceof ArchitectedTlb) {
            RefillDrawing drawing = new RefillDrawing(built, gva, rights);
            write(drawing.text(), () -> drawing.tree(choice.config()));
            return ExitStatus.DONE;
        }
        WalkSteps steps = new WalkSteps();
        WalkStory story = new WalkStory();
        built.observe(story);
        Walk walk = built.single().translate(gva, rights, steps);
        WalkDrawing drawing = WalkDrawing.of(built, steps.steps(), walk);
        write(drawing.text() + story.text(), () -> {
            Map<String, Object> tree = drawing.tree(choice.config());
            story.addTo(tree);
            return tree;
        });
        return ExitStatus.DONE;
    }

    private void write(String text, Supplier<Map<String, Object>> tree) throws IOException {
        if (json == null) {
            console.out().print(text);
        } else {
            ResultStream.write(console, json, JsonReport.text(tree.get()));
        }
    }

    private static int rights(String text) {
        return switch (text) {
            case "read" -> Rights.USER_READ;
            case "write" -> Rights.USER_WRITE;
            case "execute" -> Rights.USER_EXECUTE;
            default -> throw new WrongUsage("--access %s: it is read, write or execute".formatted(text));
        };
    }
}
