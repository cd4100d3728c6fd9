package org.memvirt.runner.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.mmu.ArchitectedPageTables;
import org.memvirt.api.mmu.RadixFormat.AccessedUpdate;
import org.memvirt.api.mmu.Regime;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Option;

/** The option that gives registers, in place of formats and roots, as given. */
public final class RegisterOptions {
    private static final String OPTION = "--registers";

    @Option(names = OPTION, paramLabel = "NAME=VALUE,...",
            description = "In place of formats, the processor's registers, such as"
                    + " cr0=0x80010001,cr4=0x20,efer=0xd00: they choose the formats of both stages with their control"
                    + " bits; and they hold the roots, except where memvirt makes the tables itself.")
    public @Nullable String registers;

    /** Whether registers were given. */
    public boolean given() {
        return registers != null;
    }

    /**
     * The registers by name.
     *
     * @throws WrongUsage when they are not written as name=value, or one is there twice
     */
    public Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : registers == null ? new String[0] : registers.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals <= 0) {
                throw new WrongUsage("%s: '%s' is not name=value, such as cr3=0x1000".formatted(OPTION, part));
            }
            String name = part.substring(0, equals).strip();
            if (values.put(name, part.substring(equals + 1).strip()) != null) {
                throw new WrongUsage("%s: %s is given twice".formatted(OPTION, name));
            }
        }
        return values;
    }

    /**
     * What registers set up on an MMU.
     *
     * @param values by name, as from {@link #values}
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
}
