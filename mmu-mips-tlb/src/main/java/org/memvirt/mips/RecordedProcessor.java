package org.memvirt.mips;

import java.util.LinkedHashMap;
import java.util.Map;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.TlbProcessor;

/**
 * Carries out the steps of recordings: accesses, with mode and ASID as they say, and {@code tlbwi tlbwr tlbp tlbr tlbinv
 * tlbinvf wired}. A step sets the registers that it names and leaves the others as they are.
 */
final class RecordedProcessor implements TlbProcessor {
    private static final Map<String, Long> NOTHING_OPEN = Map.of();
    /** Bytes of an access that does not tell. */
    private static final long WORD = 4;

    private static final long LEVELS = Status.KSU | Status.EXL | Status.ERL;

    private final MipsProcessor processor;
    private final MipsModel model;
    private Map<String, String> answer = Map.of();

    /** A processor after reset. */
    RecordedProcessor(MipsModel model) {
        this.model = model;
        processor = new MipsProcessor(new MipsTlb(model, 0));
    }

    RecordedProcessor(Configuration configuration) {
        this(configuration.model);
        configuration.apply(processor);
    }

    @Override
    public void restore(Map<String, String> entry) {
        writeIndexed(new Fields("an entry", entry));
    }

    @Override
    public Answer step(String operation, Map<String, String> operands) {
        Fields fields = new Fields(operation, operands);
        answer = new LinkedHashMap<>();
        Map<String, Long> open = NOTHING_OPEN;
        switch (operation) {
            case "load" -> access(fields, Rights.READ);
            case "store" -> access(fields, Rights.WRITE);
            case "fetch" -> access(fields, Rights.EXECUTE);
            case "tlbwi" -> writeIndexed(fields);
            case "tlbwr" -> writeRandom(fields);
            case "tlbp" -> probe(fields);
            case "tlbr" -> open = readIndexed(fields);
            case "tlbinv" -> invalidate(fields);
            case "tlbinvf" -> {
                requireInvalidate();
                processor.invalidateAll();
            }
            case "wired" -> wire(fields);
            default -> throw new IllegalArgumentException("a MIPS processor has no operation '" + operation
                    + "'; known are load, store, fetch, tlbwi, tlbwr, tlbp, tlbr, tlbinv, tlbinvf, wired");
        }
        return new Answer(answer, open);
    }

    // TLB instructions.

    private void writeRegisters(Fields fields) {
        processor.write(Register.PAGE_MASK, fields.number("pagemask"));
        processor.write(Register.ENTRY_HI, fields.number("entryhi"));
        processor.write(Register.ENTRY_LO0, fields.number("entrylo0"));
        processor.write(Register.ENTRY_LO1, fields.number("entrylo1"));
    }

    private int index(Fields fields) {
        int index = fields.index("index", model.entries() - 1);
        processor.write(Register.INDEX, index);
        return index;
    }

    private void writeIndexed(Fields fields) {
        writeRegisters(fields);
        index(fields);
        processor.writeIndexed();
    }

    /** The recording tells where the entry went: Random is the recorded processor's own. */
    private void writeRandom(Fields fields) {
        writeRegisters(fields);
        if (fields.has("wired")) {
            processor.write(Register.WIRED, fields.index("wired", model.entries() - 1));
        }
        int index = index(fields);
        long wired = processor.read(Register.WIRED);
        if (index < wired) {
            throw new IllegalArgumentException(
                    "tlbwr writes the entry with index %d, and those below %d are wired".formatted(index, wired));
        }
        processor.writeIndexed();
    }

    private void wire(Fields fields) {
        processor.write(Register.WIRED, fields.index("value", model.entries() - 1));
        answer("wired", Long.toString(processor.read(Register.WIRED)));
    }

    private void probe(Fields fields) {
        processor.write(Register.ENTRY_HI, fields.number("entryhi"));
        processor.probe();
        long found = processor.read(Register.INDEX);
        if (found == MipsProcessor.PROBE_FAILED) {
            answer("probeFailed", "true");
        } else {
            answer("index", Long.toString(found));
            answer("probeFailed", "false");
        }
    }

    private Map<String, Long> readIndexed(Fields fields) {
        index(fields);
        processor.readIndexed();
        answer("entryhi", processor.read(Register.ENTRY_HI));
        answer("entrylo0", processor.read(Register.ENTRY_LO0));
        answer("entrylo1", processor.read(Register.ENTRY_LO1));
        answer("pagemask", processor.read(Register.PAGE_MASK));
        return Map.of(
                "entryhi",
                processor.openOfHi(),
                "entrylo0",
                processor.openOfLo(),
                "entrylo1",
                processor.openOfLo());
    }

    private void invalidate(Fields fields) {
        requireInvalidate();
        processor.write(Register.ENTRY_HI, fields.number("entryhi"));
        processor.invalidate();
    }

    private void requireInvalidate() {
        if (!model.hasInvalid()) {
            throw new IllegalArgumentException(
                    model.name() + " has neither tlbinv nor tlbinvf: the IE field of its config4 is 0");
        }
    }

    // Accesses.

    private void access(Fields fields, int needed) {
        long address = fields.number("va");
        if (!model.is64() && address >>> Integer.SIZE != 0) {
            throw new IllegalArgumentException("va=%#x has more than 32 bits".formatted(address));
        }
        long tag = fields.index("asid", (int) EntryRegisters.ASID);
        processor.write(
                Register.ENTRY_HI,
                processor.read(Register.ENTRY_HI) & ~(EntryRegisters.ASID | EntryRegisters.EHINV) | tag);
        long levels = (long) mode(fields) << Status.KSU_SHIFT
                | (fields.isTrue("exl") ? Status.EXL : 0)
                | (fields.isTrue("erl") ? Status.ERL : 0);
        processor.write(Register.STATUS, processor.read(Register.STATUS) & ~LEVELS | levels);
        if (fields.has("context")) {
            processor.write(Register.CONTEXT, fields.number("context"));
        }
        if (processor.access(address, needed, bytes(fields))) {
            answer("pa", processor.physicalAddress());
        } else {
            raised();
        }
    }

    private static int bytes(Fields fields) {
        long bytes = fields.number("bytes", WORD);
        if (bytes < 1 || bytes > Long.BYTES || Long.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("an access has 1, 2, 4 or 8 bytes, not %d".formatted(bytes));
        }
        return (int) bytes;
    }

    private static int mode(Fields fields) {
        String mode = fields.textOrNull("mode");
        return switch (mode == null ? "" : mode) {
            case "user" -> Mode.USER;
            case "supervisor" -> Mode.SUPERVISOR;
            case "kernel" -> Mode.KERNEL;
            default ->
                    throw new IllegalArgumentException(
                            "the mode of an access is user, supervisor or kernel, not '%s'".formatted(mode));
        };
    }

    private void raised() {
        int vector = processor.vector();
        answer("exception.code", Long.toString(processor.exception().number()));
        answer("exception.vector", "%#05x".formatted(vector));
        answer("exception.refill", Boolean.toString(vector != MipsProcessor.GENERAL_VECTOR));
        answer("exception.badvaddr", processor.read(Register.BAD_VADDR));
        if (processor.exception().isOfTlb()) {
            answer("exception.entryhi", processor.read(Register.ENTRY_HI));
            answer("exception.context", processor.read(Register.CONTEXT));
            if (model.is64()) {
                answer("exception.xcontext", processor.read(Register.XCONTEXT));
            }
        }
    }

    private void answer(String name, long value) {
        answer(name, "0x" + Long.toHexString(value));
    }

    private void answer(String name, String value) {
        answer.put(name, value);
    }
}
