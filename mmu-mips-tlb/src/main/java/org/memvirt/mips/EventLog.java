package org.memvirt.mips;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.RecordedStep;

/**
 * The log of a machine's TLB: an event a line, its fields separated by spaces, hexadecimal but for the exception's code.
 *
 * <pre>
 * I index entryhi entrylo0 entrylo1 pagemask              TLBWI
 * W index entryhi entrylo0 entrylo1 pagemask wired        TLBWR, and where it wrote
 * P entryhi index                                         TLBP, and what it put into Index
 * R index entryhi entrylo0 entrylo1 pagemask              TLBR, and what it put there
 * A type mode va pa asid status                           an access that went on
 * X code vector type mode status badvaddr entryhi context [epc]   an exception, and the registers after it
 * </pre>
 *
 * The type is {@code l s f}, for load, store and fetch; the mode {@code u s k}, or {@code e} for kernel mode with ERL; status
 * the low five bits before. An exception whose type, mode and status are {@code -} is a load, outside exception level. What
 * software had put into Context is not an event: an exception's own value tells it. The return address, epc, is not used.
 */
final class EventLog {
    private static final String[] ENTRY = {"entryhi", "entrylo0", "entrylo1", "pagemask"};
    /** Words of an exception without its return address. */
    private static final int RAISED = 9;

    private static final String UNTOLD = "-";
    private static final long KERNEL_HALF = 1L << 31;

    private final String line;
    private final String[] words;
    private final Map<String, String> operands = new LinkedHashMap<>();
    private final Map<String, String> expected = new LinkedHashMap<>();

    private EventLog(String line, String[] words) {
        this.line = line;
        this.words = words;
    }

    /**
     * Reads one line.
     *
     * @return null when it is no event at all
     * @throws IllegalArgumentException when it begins as an event and does not go on so
     */
    static @Nullable RecordedStep read(String line) {
        String[] words = line.split(" ");
        if (words.length == 0) {
            return null; // Blanks alone.
        }
        EventLog event = new EventLog(line, words);
        return switch (words[0]) {
            case "I" -> event.written("tlbwi", 6);
            case "W" -> event.written("tlbwr", 7);
            case "P" -> event.probed();
            case "R" -> event.readBack();
            case "A" -> event.accessed();
            case "X" -> event.raised();
            default -> null;
        };
    }

    private RecordedStep written(String operation, int length) {
        requireWords(length);
        operands.put("index", hex(1));
        for (int i = 0; i < ENTRY.length; i++) {
            operands.put(ENTRY[i], hex(2 + i));
        }
        if (length > 2 + ENTRY.length) {
            operands.put("wired", hex(2 + ENTRY.length));
        }
        return step(operation);
    }

    private RecordedStep probed() {
        requireWords(3);
        operands.put("entryhi", hex(1));
        if ((number(2) & MipsProcessor.PROBE_FAILED) != 0) {
            expected.put("probeFailed", "true");
        } else {
            expected.put("index", hex(2));
            expected.put("probeFailed", "false");
        }
        return step("tlbp");
    }

    private RecordedStep readBack() {
        requireWords(6);
        operands.put("index", hex(1));
        for (int i = 0; i < ENTRY.length; i++) {
            expected.put(ENTRY[i], hex(2 + i));
        }
        return step("tlbr");
    }

    private RecordedStep accessed() {
        requireWords(7);
        operands.put("va", hex(3));
        operands.put("asid", hex(5));
        putMode(word(2), number(6));
        expected.put("pa", hex(4));
        return access(operation(word(1)), false);
    }

    private RecordedStep raised() {
        requireWords(words.length == RAISED ? RAISED : RAISED + 1);
        operands.put("va", hex(6));
        operands.put("asid", "0x" + Long.toHexString(number(7) & EntryRegisters.ASID));
        operands.put("context", hex(8));
        boolean isTold = !word(3).equals(UNTOLD);
        if (isTold) {
            putMode(word(4), number(5));
        } else {
            operands.put("mode", number(6) < KERNEL_HALF ? "user" : "kernel");
        }
        expected.put("exception.code", code());
        expected.put("exception.vector", hex(2));
        expected.put("exception.badvaddr", hex(6));
        if (!isAddressError()) {
            expected.put("exception.entryhi", hex(7));
            expected.put("exception.context", hex(8));
        }
        return access(isTold ? operation(word(3)) : "load", isAddressError());
    }

    private void putMode(String mode, long status) {
        operands.put("mode", switch (mode) {
            case "u" -> "user";
            case "s" -> "supervisor";
            case "k", "e" -> "kernel";
            default -> throw wrong("a mode: u, s, k or e, not '%s'".formatted(mode));
        });
        operands.put("exl", Boolean.toString((status & Status.EXL) != 0));
        operands.put("erl", Boolean.toString((status & Status.ERL) != 0));
    }

    private String operation(String type) {
        return switch (type) {
            case "l" -> "load";
            case "s" -> "store";
            case "f" -> "fetch";
            default -> throw wrong("a type of access: l, s or f, not '%s'".formatted(type));
        };
    }

    /** How long the access was is not told: 8 bytes if that can be why it failed, else 1. */
    private RecordedStep access(String operation, boolean isAddressError) {
        operands.put("bytes", isAddressError ? "8" : "1");
        return step(operation);
    }

    private RecordedStep step(String operation) {
        return new RecordedStep(operation, operands, expected, false);
    }

    private void requireWords(int count) {
        if (words.length != count) {
            throw wrong("%d words, separated by one space each".formatted(count));
        }
    }

    private String word(int index) {
        return words[index];
    }

    private String code() {
        if (!words[1].matches("[0-9]{1,2}")) {
            throw wrong("the code of an exception in decimal, not '%s'".formatted(words[1]));
        }
        return words[1];
    }

    /** For an address error, the PRA leaves open what is in EntryHi and Context. */
    private boolean isAddressError() {
        int code = Integer.parseInt(code());
        return code == ExceptionCode.ADEL.number() || code == ExceptionCode.ADES.number();
    }

    private String hex(int index) {
        return "0x" + Long.toHexString(number(index));
    }

    private long number(int index) {
        try {
            return Long.parseUnsignedLong(words[index], 16);
        } catch (NumberFormatException e) {
            throw wrong("a hexadecimal number, not '%s'".formatted(words[index]));
        }
    }

    private IllegalArgumentException wrong(String wanted) {
        return new IllegalArgumentException("the event '%s' should have %s".formatted(line, wanted));
    }
}
