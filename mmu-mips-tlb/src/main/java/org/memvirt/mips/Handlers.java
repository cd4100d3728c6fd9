package org.memvirt.mips;

import java.util.List;
import java.util.Map;
import org.memvirt.api.architecture.HandlerLengths;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.tlb.TlbPreset;

/** A kernel's handlers of TLB exceptions, as options choose them: how they find a page's entry, and how long they are. */
final class Handlers {
    private static final String FORWARD = "forward-mapped";
    private static final String LINEAR = "linear";
    private static final String TABLE = "table";
    private static final String REFILL = "refill";
    private static final String LOAD = "load";
    private static final String STORE = "store";
    private static final String MODIFY = "modify";
    private static final String NESTED = "nested";
    private static final int MOST_INSTRUCTIONS = 100_000;

    static final List<Option> OPTIONS = List.of(
            new Option(TABLE, Option.Kind.TEXT, FORWARD,
                    "how the handler of a miss finds a page's entry: walking down from"
                            + " the root (forward-mapped), or in an array in kernel space that Context points into (linear)"),
            length(REFILL, "of a miss"),
            length(LOAD, "of a load or fetch that meets an invalid page"),
            length(STORE, "of a store that meets an invalid page"),
            length(MODIFY, "of a store that meets a clean page"),
            length(NESTED, "of a miss of the first one's load from a linear table"));

    private static final String LINUX =
            "Linux builds its handlers at boot and prints how long they are (arch/mips/mm/tlbex.c): ";

    private static final String OTHERS =
            " Those that find a page invalid or clean take 31 to 43 and 30 to 42: the least of"
                    + " that for 32-bit tables of two levels, the most for 64-bit ones, an estimate.";

    private static final String LINEAR_SOURCE =
            "Counted after the servicing of a refill in the MIPS R4000 Microprocessor User's Manual, chapter 5: Context moved"
                    + " (and halved where entries have 4 bytes), two loads, two shifts, two moves to EntryLo, a barrier, TLBWR,"
                    + " ERET. ULTRIX had 10 for one entry, and 20 for the root: Jacob and Mudge, \"A look at several memory"
                    + " management units\", ASPLOS 1998, from memory of it, an estimate until checked.";

    private static final int ROOT_LENGTH = 20;

    private final Options options;

    /** @throws IllegalArgumentException for an option that there is not, or a wrong value */
    Handlers(Map<String, String> given) {
        options = new Options("MMU mips-tlb", OPTIONS, given);
        String table = options.text(TABLE);
        if (!table.equals(FORWARD) && !table.equals(LINEAR)) {
            throw new IllegalArgumentException(
                    "MMU mips-tlb: %s=%s; it is %s or %s".formatted(TABLE, table, FORWARD, LINEAR));
        }
        if (options.isGiven(NESTED) && !areLinear()) {
            throw new IllegalArgumentException(
                    "MMU mips-tlb: %s is of %s=%s alone".formatted(NESTED, TABLE, LINEAR));
        }
        for (String name : List.of(REFILL, LOAD, STORE, MODIFY, NESTED)) {
            length(name, 1);
        }
    }

    private static Option length(String name, String what) {
        return new Option(name, Option.Kind.INTEGER, "",
                "instructions of the handler " + what + ", if not the processor's");
    }

    /** Whether they look in a linear page table. */
    boolean areLinear() {
        return options.text(TABLE).equals(LINEAR);
    }

    /** How long they are on the processor of a preset. */
    HandlerLengths lengths(TlbPreset preset) {
        HandlerLengths linux = ofLinux(preset);
        boolean is64 = Presets.model(preset).is64();
        int untilLoad = is64 ? 2 : 3;
        boolean anyGiven = OPTIONS.stream().anyMatch(option -> option.kind() == Option.Kind.INTEGER
                && options.isGiven(option.name()));
        String source = (areLinear() ? LINEAR_SOURCE + " The others: " : "") + linux.source()
                + (anyGiven ? " Some are given." : "");
        int refill = length(REFILL, areLinear() ? untilLoad + 8 : linux.refill());
        return new HandlerLengths(
                source,
                refill,
                length(LOAD, linux.load()),
                length(STORE, linux.store()),
                length(MODIFY, linux.modify()),
                areLinear() ? Math.min(untilLoad, refill) : 0,
                areLinear() ? length(NESTED, ROOT_LENGTH) : 0);
    }

    /** Of handlers that walk down from the root, as Linux's own messages tell. */
    private static HandlerLengths ofLinux(TlbPreset preset) {
        return switch (preset.name()) {
            case "4kc" -> new HandlerLengths(LINUX + "19 for a miss on a 4Kc." + OTHERS, 19, 31, 31, 30);
            case "24kf", "34kf" -> new HandlerLengths(
                    LINUX + "23 for a miss on a 34K; taken for a 24K, too, an estimate." + OTHERS, 23, 31, 31, 30);
            default -> new HandlerLengths(
                    LINUX + "30 for a miss on an R4600; taken for 64-bit kernels, an estimate." + OTHERS,
                    30,
                    43,
                    43,
                    42);
        };
    }

    private int length(String name, int usual) {
        if (!options.isGiven(name)) {
            return usual;
        }
        long length = options.integer(name);
        if (length < 1 || length > MOST_INSTRUCTIONS) {
            throw new IllegalArgumentException("MMU mips-tlb: %s=%s; a handler has 1 to %d instructions"
                    .formatted(name, options.text(name), MOST_INSTRUCTIONS));
        }
        return (int) length;
    }
}
