package org.memvirt.runner.command;

import com.google.inject.Injector;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.Regime;
import org.memvirt.runner.config.AddressText;
import org.memvirt.runner.config.CountText;
import org.memvirt.runner.config.TableOptions;
import org.memvirt.runner.config.TablesResolver;
import org.memvirt.runner.file.OutputFiles;
import org.memvirt.runner.image.ImageFile;
import org.memvirt.runner.image.MemoryImage;
import org.memvirt.runner.image.MemoryMap;
import org.memvirt.runner.inspect.Inspection;
import org.memvirt.runner.inspect.Listing;
import org.memvirt.runner.inspect.Style;
import org.memvirt.runner.inspect.Totals;
import org.memvirt.runner.usage.Notices;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code memvirt inspect}: the page tables in a memory image. */
@Command(name = "inspect",
        description = "Translate addresses by the page tables in the memory image of a machine, or list all that they"
                + " map. Rights are shown; they do not stop a translation, unless --privilege is given.",
        sortOptions = false, usageHelpWidth = 100, customSynopsis = {
            "memvirt inspect IMAGE (--registers FILE|NAME=VALUE,... | --root ADDRESS) [OPTIONS]"})
final class InspectCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "IMAGE",
            description = "An ELF core of QEMU's dump-guest-memory, virsh dump --memory-only or Xen; a dump of LiME; a crash"
                    + " dump of Windows; or a raw image, in which a physical address is the offset. .xz, .gz and .zst are"
                    + " unpacked first.")
    private String image = "";

    @Option(names = "--memory-map", paramLabel = "ADDRESS=OFFSET[+BYTES],...",
            description = "Take the image as raw, with these pieces of the file at these physical addresses, such as"
                    + " 0=0+3G,4G=3G for one that leaves out the hole below 4 GiB.")
    private @Nullable String memoryMap;

    @Mixin
    private final TableOptions tables = new TableOptions();

    @Option(names = "--address", paramLabel = "ADDRESS",
            description = "Translate this virtual address, 0x... in hex; may be repeated.")
    private List<String> addresses = List.of();

    @Option(names = "--addresses", paramLabel = "FILE",
            description = "Translate the addresses in a file, one a line; # begins a comment.")
    private @Nullable Path addressFile;

    @Option(names = "--privilege", paramLabel = "user|supervisor",
            description = "Translate as a read by the user or the supervisor, whom rights stop (default: rights stop nobody).")
    private @Nullable String privilege;

    @Option(names = "--list", paramLabel = "ranges|leaves",
            description = "Without addresses: list neighbouring pages of one kind as ranges, or each page (default:"
                    + " ranges).")
    private @Nullable String list;

    @Option(names = "--limit", paramLabel = "N", converter = CountText.class, defaultValue = "100000000",
            description = "Look at no more pages than that in a list (default: ${DEFAULT-VALUE}).")
    private long limit = 100_000_000;

    @Option(names = "--json", arity = "0..1", paramLabel = "FILE", fallbackValue = ReportOptions.STANDARD_OUTPUT,
            preprocessor = FileAfterImage.class, description = "As JSON, on standard output or in a file.")
    private @Nullable String json;

    @Option(names = "--csv", arity = "0..1", paramLabel = "FILE", fallbackValue = ReportOptions.STANDARD_OUTPUT,
            preprocessor = FileAfterImage.class, description = "As CSV, on standard output or in a file.")
    private @Nullable String csv;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    InspectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        boolean translating = !addresses.isEmpty() || addressFile != null;
        check(translating);
        new OutputFiles()
                .reads("the image", image)
                .reads("--registers", tables.registers.file())
                .reads("--addresses", addressFile == null ? null : addressFile.toString())
                .writes("--json", json)
                .writes("--csv", csv);
        List<Long> wanted = addresses();
        Injector injector = RunnerModule.injector(console, common);
        MemoryMap map = memoryMap == null ? null : MemoryMap.parse(memoryMap);
        try (MemoryImage opened = ImageFile.open(image, map)) {
            if (!opened.note().isEmpty()) {
                injector.getInstance(Notices.class).say(opened.note());
            }
            Regime regime = injector.getInstance(TablesResolver.class).resolve(tables, opened);
            Inspection inspection = new Inspection(opened, regime, access());
            List<String> oddities = translating ? translate(inspection, wanted) : list(inspection);
            if (!common.quiet) {
                oddities.forEach(console::notice);
            }
        }
        return ExitStatus.DONE;
    }

    private void check(boolean translating) {
        if (translating && list != null) {
            throw new WrongUsage("--list %s lists all that is mapped: give it, or addresses".formatted(list));
        }
        if (privilege != null && !translating) {
            throw new WrongUsage("--privilege %s says how addresses are translated: give --address or --addresses"
                    .formatted(privilege));
        }
        if (list != null && !list.equals("ranges") && !list.equals("leaves")) {
            throw new WrongUsage("--list %s: it is ranges or leaves".formatted(list));
        }
        if (limit < 1) {
            throw new WrongUsage("--limit %d: it is 1 or more".formatted(limit));
        }
    }

    private int access() {
        return switch (privilege) {
            case null -> Rights.NONE;
            case "user" -> Rights.USER_READ;
            case "supervisor" -> Rights.SUPERVISOR_READ;
            default -> throw new WrongUsage("--privilege %s: it is user or supervisor".formatted(privilege));
        };
    }

    private List<Long> addresses() throws IOException {
        List<Long> all = new ArrayList<>();
        addresses.forEach(text -> all.add(AddressText.parse(text)));
        if (addressFile != null) {
            all.addAll(AddressText.read(addressFile));
        }
        return all;
    }

    /** Gives what is odd about the tables, and was not said on standard output. */
    private List<String> list(Inspection inspection) throws IOException {
        boolean leaves = "leaves".equals(list);
        List<String> oddities = new ArrayList<>();
        write((style, target) -> {
            Listing listing = new Listing(inspection, target, style, leaves, limit);
            listing.write();
            oddities.clear();
            oddities.addAll(listing.oddities());
        });
        return isText() ? List.of() : oddities;
    }

    private List<String> translate(Inspection inspection, List<Long> wanted) throws IOException {
        Translations translations = new Translations(inspection, wanted);
        write((style, target) -> translations.write(target, style));
        return Totals.of(inspection).oddities();
    }

    private boolean isText() {
        return !ReportOptions.STANDARD_OUTPUT.equals(json) && !ReportOptions.STANDARD_OUTPUT.equals(csv);
    }

    /** Writes one result in one style. */
    private interface StyledWriter {
        void write(Style style, OutputStream target);
    }

    /** Each style to where it was asked for; text, unless another goes to standard output. */
    private void write(StyledWriter writer) throws IOException {
        if (json != null) {
            ResultStream.write(console, json, target -> writer.write(Style.JSON, target));
        }
        if (csv != null) {
            ResultStream.write(console, csv, target -> writer.write(Style.CSV, target));
        }
        if (isText() && !(common.quiet && (json != null || csv != null))) {
            ResultStream.write(
                    console, ReportOptions.STANDARD_OUTPUT, target -> writer.write(Style.TEXT, target));
        }
    }
}
