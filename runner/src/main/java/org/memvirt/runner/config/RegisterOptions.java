package org.memvirt.runner.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.architecture.RegisterDump;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.runner.file.SmallFile;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.Notices;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Option;

/** The option that gives registers, in place of formats and roots, as given. */
public final class RegisterOptions {
    private static final String OPTION = "--registers";
    private static final int MOST_TEXT_BYTES = 64 << 20;

    @Option(names = OPTION, paramLabel = "[FILE,]NAME=VALUE,...",
            description = "In place of formats, the processor's registers, by the names that its manual gives them, such as"
                    + " NAME=0x80010001, or a file with what QEMU's or gdb's info registers, QMP or a kernel's oops says"
                    + " of them: they choose the formats of both stages with their control bits; and they hold the roots,"
                    + " except where memvirt makes the tables itself.")
    public @Nullable String registers;

    /** Whether registers were given. */
    public boolean given() {
        return registers != null;
    }

    /** The file that is given first, which need not exist; null when there are values alone. */
    public @Nullable String file() {
        String first = registers == null ? "" : registers.split(",", 2)[0];
        return first.isEmpty() || first.contains("=") && !Files.isRegularFile(Path.of(first)) ? null : first;
    }

    /**
     * The registers by name, where a file may be given first, with a text that tells of them; those that follow count in place
     * of the file's.
     *
     * @param mmu its name, for messages
     * @param notices is told which processor the registers are of, where the text tells of several
     * @throws WrongUsage when they are not written so, or there is no such file
     * @throws BadInput when the file holds something else, or not all that is needed
     */
    public Map<String, String> values(String mmu, ArchitectedPageTables architecture, Notices notices) {
        String text = registers == null ? "" : registers;
        String file = file();
        if (file == null) {
            return values(text);
        }
        RegisterDump dump = read(file, mmu, architecture);
        Map<String, String> values = new LinkedHashMap<>(dump.values());
        Map<String, String> given = text.length() > file.length()
                ? values(text.substring(file.length() + 1))
                : Map.of();
        for (String missing : dump.missing()) {
            if (given.keySet().stream().noneMatch(missing::equalsIgnoreCase)) {
                throw new BadInput("%s does not tell what %s holds; give it after the file: %s %s,%s=0x..."
                        .formatted(file, missing, OPTION, file, missing));
            }
        }
        given.forEach((name, value) -> {
            values.keySet().removeIf(name::equalsIgnoreCase);
            values.put(name, value);
        });
        if (!dump.choice().isEmpty()) {
            notices.say("%s tells of several processors; taken is %s".formatted(file, dump.choice()));
        }
        return values;
    }

    private static RegisterDump read(String file, String mmu, ArchitectedPageTables architecture) {
        try {
            return architecture.readRegisters(text(Path.of(file)));
        } catch (NoSuchFileException e) {
            throw new WrongUsage(
                    "%s: '%s' is not NAME=VALUE, with a value such as 0x1000, and there is no file of that name"
                            .formatted(OPTION, file),
                    e);
        } catch (IOException e) {
            throw new WrongUsage("%s: %s cannot be read: %s".formatted(OPTION, file, e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw new BadInput("%s holds no registers of MMU %s: %s".formatted(file, mmu, e.getMessage()), e);
        }
    }

    /** All of a text, which may be in UTF-16 with its mark, as PowerShell writes what a command prints. */
    private static String text(Path file) throws IOException {
        byte[] content = SmallFile.read(file, MOST_TEXT_BYTES);
        if (content.length > MOST_TEXT_BYTES) {
            throw new IllegalArgumentException(
                    "it has more than %d MiB; a text of registers has some thousand bytes"
                            .formatted(MOST_TEXT_BYTES >> 20));
        }
        boolean wide = content.length > 1
                && (content[0] == (byte) 0xff && content[1] == (byte) 0xfe
                        || content[0] == (byte) 0xfe && content[1] == (byte) 0xff);
        return new String(content, wide ? StandardCharsets.UTF_16 : StandardCharsets.ISO_8859_1);
    }

    /**
     * What registers set up on an MMU.
     *
     * @param values by name, as from {@link #values(String, ArchitectedPageTables, Notices)}
     * @param mmu its name, for messages
     * @throws WrongUsage when the MMU has not all of them, or they cannot be together; the message says which is nearest
     */
    public static Regime regime(Map<String, String> values, String mmu, ArchitectedPageTables architecture) {
        List<String> known = architecture.registers();
        for (String name : values.keySet()) {
            if (!known.isEmpty() && known.stream().noneMatch(name::equalsIgnoreCase)) {
                List<String> nearest = NearestNames.sorted(name, known);
                throw new WrongUsage("%s: MMU %s has no register '%s'; the nearest is %s of %s"
                        .formatted(OPTION, mmu, name, nearest.getFirst(), String.join(", ", known)));
            }
        }
        try {
            return architecture.regime(values, AccessedUpdate.DESCENDING);
        } catch (IllegalArgumentException e) {
            throw new WrongUsage("%s: %s".formatted(OPTION, e.getMessage()), e);
        }
    }

    private static Map<String, String> values(String registers) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : registers.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals <= 0) {
                throw new WrongUsage("%s: '%s' is not NAME=VALUE, with a value such as 0x1000".formatted(OPTION, part));
            }
            String name = part.substring(0, equals).strip();
            if (values.put(name, part.substring(equals + 1).strip()) != null) {
                throw new WrongUsage("%s: %s is given twice".formatted(OPTION, name));
            }
        }
        return values;
    }
}
