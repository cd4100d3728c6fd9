package org.memvirt.mips;

import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Miss;

/**
 * A MIPS processor as far as translation goes: the registers of coprocessor 0, the TLB instructions, accesses, and the
 * exceptions that they raise. PRA, "Coprocessor 0 Registers" and "Exceptions"; Volume II, TLBP, TLBR, TLBWI, TLBWR, TLBINV,
 * TLBINVF.
 *
 * <p>What the PRA calls UNDEFINED is defined here: an instruction whose Index is beyond the entries does nothing, and so does
 * a write of Wired that would leave no entry free. Not modelled: what an exception does but to translation (EPC, the branch
 * delay slot), and the bases of the vectors.
 */
final class MipsProcessor {
    /** Index: TLBP has found none. */
    static final long PROBE_FAILED = 1L << 31;

    private static final long INDEX = 63;
    private static final int CONTEXT_SHIFT = 4;
    private static final int PAIR_SHIFT = 13;
    private static final int CONTEXT_BASE = 23;

    private static final int REFILL_VECTOR = 0;
    private static final int WIDE_REFILL_VECTOR = 0x80;
    static final int GENERAL_VECTOR = 0x180;

    private final MipsModel model;
    private final MipsTlb tlb;
    private final Entry entry = new Entry();
    private EntryRegisters format;
    private long index;
    private long entryLo0;
    private long entryLo1;
    private long context;
    private long pageMask;
    private long pageGrain;
    private long badVaddr;
    private long entryHi;
    private long status;
    private long cause;
    private long xcontext;

    private long physical;
    private ExceptionCode exception = ExceptionCode.MOD;
    private int vector;

    /** A processor with registers of 0 and a TLB that is the processor's own from now on. */
    MipsProcessor(MipsTlb tlb) {
        this.tlb = tlb;
        model = tlb.model();
        format = new EntryRegisters(model, 0);
        tlb.setStatus(0);
        tlb.selectTag(0);
    }

    MipsTlb tlb() {
        return tlb;
    }

    // Registers.

    /** MFC0 or DMFC0. */
    long read(Register register) {
        return switch (register) {
            case INDEX -> index;
            case RANDOM -> tlb.random();
            case ENTRY_LO0 -> entryLo0;
            case ENTRY_LO1 -> entryLo1;
            case CONTEXT -> context;
            case PAGE_MASK -> pageMask;
            case PAGE_GRAIN -> pageGrain;
            case WIRED -> tlb.wired();
            case BAD_VADDR -> badVaddr;
            case ENTRY_HI -> entryHi;
            case STATUS -> status;
            case CAUSE -> cause;
            case XCONTEXT -> xcontext;
        };
    }

    /** MTC0 or DMTC0: bits that are reserved, or hardware's own, stay. */
    void write(Register register, long value) {
        switch (register) {
            case INDEX -> index = value & INDEX;
            case ENTRY_LO0 -> entryLo0 = format.entryLo(value);
            case ENTRY_LO1 -> entryLo1 = format.entryLo(value);
            case CONTEXT -> context = keep(context, value, model.registerBits() & -1L << CONTEXT_BASE);
            case PAGE_MASK -> pageMask = format.pageMask(value);
            case PAGE_GRAIN -> writePageGrain(value & EntryRegisters.pageGrainBits(model));
            case WIRED -> {
                if (value >= 0 && value < model.entries()) {
                    tlb.wire((int) value);
                }
            }
            case ENTRY_HI -> writeEntryHi(format.entryHi(value));
            case STATUS -> writeStatus(value);
            case XCONTEXT -> {
                if (model.is64()) {
                    xcontext = keep(xcontext, value, -1L << regionShift() + 2);
                }
            }
            case RANDOM, BAD_VADDR, CAUSE -> {
                // Read only.
            }
        }
    }

    private static long keep(long old, long value, long writable) {
        return old & ~writable | value & writable;
    }

    private void writePageGrain(long value) {
        pageGrain = value;
        format = new EntryRegisters(model, value);
        tlb.tellInhibited((value & EntryRegisters.IEC) != 0);
        entryLo0 = format.entryLo(entryLo0);
        entryLo1 = format.entryLo(entryLo1);
        pageMask = format.pageMask(pageMask);
        entryHi = format.entryHi(entryHi);
    }

    private void writeEntryHi(long value) {
        entryHi = value;
        tlb.selectTag((int) (value & EntryRegisters.ASID));
    }

    private void writeStatus(long value) {
        // Without a supervisor mode, the upper bit of KSU is UM, and the lower one is reserved.
        long modes = model.hasSupervisor() ? Status.KSU : (long) Mode.USER << Status.KSU_SHIFT;
        status = value & (modes | Status.EXL | Status.ERL | (model.is64() ? Status.KX | Status.SX | Status.UX : 0));
        tlb.setStatus(status);
    }

    // TLB instructions.

    /** TLBP. */
    void probe() {
        int found = tlb.probe(format.virtual(entryHi), (int) (entryHi & EntryRegisters.ASID));
        index = found < 0 ? PROBE_FAILED : found;
    }

    /** TLBR. */
    void readIndexed() {
        if (index < model.entries()) {
            tlb.read((int) index, entry);
            writeEntryHi(format.entryHi(entry));
            entryLo0 = format.entryLo(entry, entry.even);
            entryLo1 = format.entryLo(entry, entry.odd);
            pageMask = format.pageMask(entry);
        }
    }

    /** TLBWI. */
    void writeIndexed() {
        if (index < model.entries()) {
            format.decode(entryHi, entryLo0, entryLo1, pageMask, entry);
            tlb.write((int) index, entry);
        }
    }

    /** TLBWR, which takes no notice of EntryHi.EHINV. */
    void writeRandom() {
        format.decode(entryHi & ~EntryRegisters.EHINV, entryLo0, entryLo1, pageMask, entry);
        tlb.writeRandom(entry);
    }

    /** TLBINV. */
    void invalidate() {
        requireInvalidate();
        tlb.invalidateTag();
    }

    /** TLBINVF. */
    void invalidateAll() {
        requireInvalidate();
        tlb.invalidateAll();
    }

    private void requireInvalidate() {
        if (!model.hasInvalid()) {
            throw new IllegalStateException(model.name() + " has neither TLBINV nor TLBINVF");
        }
    }

    /** The bits of EntryHi that TLBR may give either way, for the entry at Index. */
    long openOfHi() {
        return format.openOfHi(pageShift());
    }

    /** The bits of EntryLo0 and EntryLo1 that TLBR may give either way, for the entry at Index. */
    long openOfLo() {
        return format.openOfLo(pageShift());
    }

    private int pageShift() {
        tlb.read((int) index, entry);
        return entry.pageShift;
    }

    // Accesses.

    /**
     * Makes an access in the mode that Status tells.
     *
     * @param needed {@link org.memvirt.api.access.Rights#READ READ}, {@code WRITE} or {@code EXECUTE}
     * @param bytes a power of two, of which the address must be a multiple
     * @return whether it went on; else it has raised an exception
     */
    boolean access(long address, int needed, int bytes) {
        if ((address & bytes - 1) != 0) {
            raise(Miss.ADDRESS_ERROR, address, needed);
            return false;
        }
        long answer = tlb.translate(address, needed, Status.mode(status));
        if (answer < 0) {
            raise(MipsTlb.missOf(answer), address, needed);
            return false;
        }
        physical = answer;
        return true;
    }

    /** Where the last access that went on led. */
    long physicalAddress() {
        return physical;
    }

    /** The exception that was raised last. */
    ExceptionCode exception() {
        return exception;
    }

    /** The offset of its vector from the base of the vectors. */
    int vector() {
        return vector;
    }

    /** PRA, "Exception Vector Locations" and "General Exception Processing", and the section of each exception. */
    private void raise(Miss miss, long address, int needed) {
        exception = ExceptionCode.of(miss, needed);
        vector = GENERAL_VECTOR;
        if (miss == Miss.REFILL && (status & Status.EXL) == 0) {
            boolean wide = model.is64() && (status & model.segment(address).wide) != 0;
            vector = wide ? WIDE_REFILL_VECTOR : REFILL_VECTOR;
        }
        cause = exception.cause();
        badVaddr = address & model.registerBits();
        if (exception.isOfTlb()) {
            writeEntryHi(format.virtual(address) | entryHi & EntryRegisters.ASID);
            long pairs = (1L << CONTEXT_BASE - CONTEXT_SHIFT) - 1;
            context = keep(context, address >>> PAIR_SHIFT << CONTEXT_SHIFT, pairs << CONTEXT_SHIFT);
            if (model.is64()) {
                long pair = (address & (1L << model.segmentBits()) - 1) >>> PAIR_SHIFT << CONTEXT_SHIFT;
                xcontext = keep(xcontext, pair | address >>> 62 << regionShift(), (1L << regionShift() + 2) - 1);
            }
        }
        writeStatus(status | Status.EXL);
    }

    /** Where the region, an address's bits 63 and 62, stands in XContext. */
    private int regionShift() {
        return model.segmentBits() - PAIR_SHIFT + CONTEXT_SHIFT;
    }
}
