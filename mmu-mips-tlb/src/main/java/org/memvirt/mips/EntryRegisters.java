package org.memvirt.mips;

import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;

/**
 * How EntryHi, EntryLo0, EntryLo1 and PageMask hold an entry of the TLB, on one processor with one setting of PageGrain. PRA,
 * the sections of these registers; what becomes of bits below the page size, "TLBWI": they are cleared, which is one of the
 * two ways left open.
 *
 * <p>Not modelled: physical addresses of more than 36 bits (PFNX), and pages of more than 256 MiB.
 */
final class EntryRegisters {
    // PageGrain.
    static final long RIE = 1L << 31;
    static final long XIE = 1L << 30;
    static final long ESP = 1L << 28;
    static final long IEC = 1L << 27;

    // EntryHi.
    static final long ASID = (1 << MipsModel.TAG_BITS) - 1;
    static final long EHINV = 1 << 10;

    // EntryLo.
    private static final long GLOBAL = 1;
    private static final long VALID = 1 << 1;
    private static final long DIRTY = 1 << 2;
    private static final int CACHE_SHIFT = 3;
    private static final long CACHE = 7;
    private static final int FRAME_SHIFT = 6;
    private static final int FRAME_BITS = 24;

    /** Offset bits of a page whose PageMask is 0 without pages of 1 KiB. */
    private static final int BASE_SHIFT = 12;

    private final int smallestShift;
    private final int largestShift;
    private final long readInhibit;
    private final long executeInhibit;
    private final long virtual;
    private final long frames;
    private final boolean hasInvalid;

    EntryRegisters(MipsModel model, long pageGrain) {
        smallestShift = (pageGrain & ESP) != 0 ? model.smallestShift() : BASE_SHIFT;
        largestShift = model.largestShift();
        int top = model.is64() ? Long.SIZE - 1 : Integer.SIZE - 1;
        readInhibit = (pageGrain & RIE) != 0 ? 1L << top : 0;
        executeInhibit = (pageGrain & XIE) != 0 ? 1L << top - 1 : 0;
        virtual = model.comparedBits() & -2L << smallestShift;
        frames = (1L << Math.min(FRAME_BITS, model.physicalBits() - smallestShift)) - 1;
        hasInvalid = model.hasInvalid();
    }

    /** The bits of PageGrain that a processor has. */
    static long pageGrainBits(MipsModel model) {
        return (model.hasInhibits() ? RIE | XIE | IEC : 0) | (model.hasSmallPages() ? ESP : 0);
    }

    // What a write of a register keeps.

    /** Of EntryHi. */
    long entryHi(long value) {
        return value & (virtual | ASID | (hasInvalid ? EHINV : 0));
    }

    /** Of EntryHi, the address. */
    long virtual(long value) {
        return value & virtual;
    }

    /** Of EntryLo0 or EntryLo1. */
    long entryLo(long value) {
        return value & (frames << FRAME_SHIFT | (1 << FRAME_SHIFT) - 1 | readInhibit | executeInhibit);
    }

    /** Of PageMask; the PRA leaves open what a mask is that no page has: here that of the smallest. */
    long pageMask(long value) {
        long mask = value & pageMaskOf(largestShift);
        return mask == pageMaskOf(shiftOf(mask)) ? mask : 0;
    }

    // Both ways.

    private int shiftOf(long pageMask) {
        return smallestShift + (Long.bitCount(pageMask) & ~1);
    }

    private long pageMaskOf(int shift) {
        return (2L << shift) - 1 & -2L << smallestShift;
    }

    /** The bits of the registers below an entry's page size, which may be kept or cleared: those of EntryHi. */
    long openOfHi(int shift) {
        return virtual & (2L << shift) - 1;
    }

    /** The same of EntryLo0 and EntryLo1. */
    long openOfLo(int shift) {
        return (1L << shift - smallestShift) - 1 << FRAME_SHIFT;
    }

    /** The entry that these registers make. */
    void decode(long entryHi, long entryLo0, long entryLo1, long pageMask, Entry into) {
        into.present = !hasInvalid || (entryHi & EHINV) == 0;
        into.pageShift = shiftOf(pageMask);
        into.address = entryHi & virtual & -2L << into.pageShift;
        into.tag = (int) (entryHi & ASID);
        into.global = (entryLo0 & entryLo1 & GLOBAL) != 0;
        decode(entryLo0, into.pageShift, into.even);
        decode(entryLo1, into.pageShift, into.odd);
    }

    private void decode(long entryLo, int shift, Half into) {
        into.valid = (entryLo & VALID) != 0;
        into.allowed = ((entryLo & readInhibit) == 0 ? Rights.READ : 0)
                | ((entryLo & DIRTY) != 0 ? Rights.WRITE : 0)
                | ((entryLo & executeInhibit) == 0 ? Rights.EXECUTE : 0);
        into.cacheAttribute = (int) (entryLo >>> CACHE_SHIFT & CACHE);
        into.output = (entryLo >>> FRAME_SHIFT & frames) << smallestShift & -1L << shift;
    }

    /** EntryHi as TLBR gives it. */
    long entryHi(Entry entry) {
        if (!entry.present) {
            return hasInvalid ? EHINV : 0;
        }
        return entry.address & virtual | entry.tag;
    }

    /** EntryLo0 or EntryLo1 as TLBR gives it. */
    long entryLo(Entry entry, Half half) {
        if (!entry.present) {
            return 0;
        }
        return (half.output >>> smallestShift & frames) << FRAME_SHIFT
                | (long) half.cacheAttribute << CACHE_SHIFT
                | ((half.allowed & Rights.WRITE) != 0 ? DIRTY : 0)
                | (half.valid ? VALID : 0)
                | (entry.global ? GLOBAL : 0)
                | ((half.allowed & Rights.READ) == 0 ? readInhibit : 0)
                | ((half.allowed & Rights.EXECUTE) == 0 ? executeInhibit : 0);
    }

    /** PageMask as TLBR gives it. */
    long pageMask(Entry entry) {
        return entry.present ? pageMaskOf(entry.pageShift) : 0;
    }
}
