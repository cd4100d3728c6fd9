package org.memvirt.mips;

import java.util.Arrays;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.tlb.SoftwareTlb.Miss;

/** What the entries of the TLB hold, and which one matches. PRA, "TLB Organization" and "Address Translation". */
final class TlbEntries {
    private static final int BASE_SHIFT = 12;
    private static final long TAG = (1 << MipsModel.TAG_BITS) - 1;
    /** The key of an entry that matches nothing: a bit below every pair of pages and above the tag, which no access has. */
    private static final long NEVER = TAG + 1;

    private static final int VALID = 1 << 6;
    private static final int CACHE_ATTRIBUTES = 8;

    private final MipsModel model;
    /** Of an address, what tells the smallest pairs of pages apart. */
    private final long comparedBits;
    /** The rights that a valid page may lack. */
    private final int deniable;

    // By entry: the address and tag that it matches, which of their bits count, and the size of a page.
    private final long[] keys;
    private final long[] masks;
    private final int[] shifts;
    // By entry, for its even and its odd page.
    private final long[] outputs;
    private final byte[] flags;
    private final byte[] cacheAttributes;

    TlbEntries(MipsModel model) {
        this.model = model;
        comparedBits = model.comparedBits() & -2L << model.smallestShift();
        deniable = Rights.WRITE | (model.hasInhibits() ? Rights.READ | Rights.EXECUTE : 0);
        int entries = model.entries();
        keys = new long[entries];
        masks = new long[entries];
        shifts = new int[entries];
        outputs = new long[2 * entries];
        flags = new byte[2 * entries];
        cacheAttributes = new byte[2 * entries];
        for (int i = 0; i < entries; i++) {
            clear(i);
        }
    }

    int deniable() {
        return deniable;
    }

    // Asking.

    /** The lowest index of an entry that matches, or -1. */
    int find(long address, int tag) {
        long sought = address & comparedBits | tag;
        long[] itsKeys = keys;
        long[] itsMasks = masks;
        for (int i = 0; i < itsKeys.length; i++) {
            if (((sought ^ itsKeys[i]) & itsMasks[i]) == 0) {
                return i;
            }
        }
        return -1;
    }

    boolean isPresent(int index) {
        return keys[index] != NEVER;
    }

    boolean isGlobal(int index) {
        return (masks[index] & TAG) == 0;
    }

    int tag(int index) {
        return (int) (keys[index] & TAG);
    }

    int pageShift(int index) {
        return shifts[index];
    }

    /** The first address of the pair. */
    long address(int index) {
        return model.address(keys[index] & comparedBits);
    }

    boolean isValid(int index, long address) {
        return (flags[half(index, address)] & VALID) != 0;
    }

    /** The rights of the page that the address lies in. */
    int allowed(int index, long address) {
        return flags[half(index, address)] & Rights.ALL;
    }

    /** Where the address leads. */
    long physical(int index, long address) {
        return outputs[half(index, address)] | address & (1L << shifts[index]) - 1;
    }

    /**
     * Translates an address by an entry that matches it.
     *
     * @param needed what the access needs, as {@link Rights}
     * @param tellsInhibited whether a read or a fetch that the page forbids has an exception of its own
     * @return the physical address, or what {@link MipsTlb#missOf} makes a miss
     */
    long translate(int index, long address, int needed, boolean tellsInhibited) {
        if (!isValid(index, address)) {
            return ~Miss.INVALID.ordinal();
        }
        int lacking = needed & ~allowed(index, address);
        if (lacking == 0) {
            return physical(index, address);
        }
        if ((lacking & ~Rights.WRITE) == 0) {
            return ~Miss.MODIFIED.ordinal();
        }
        return tellsInhibited ? ~Miss.PROTECTED.ordinal() : ~Miss.INVALID.ordinal();
    }

    private int half(int index, long address) {
        return 2 * index + (int) (address >>> shifts[index] & 1);
    }

    // Reading and writing.

    void read(int index, Entry into) {
        into.address = address(index);
        into.pageShift = shifts[index];
        into.tag = tag(index);
        into.global = isGlobal(index);
        into.present = isPresent(index);
        read(2 * index, into.even);
        read(2 * index + 1, into.odd);
    }

    private void read(int half, Half into) {
        into.output = outputs[half];
        into.valid = (flags[half] & VALID) != 0;
        into.allowed = flags[half] & Rights.ALL;
        into.cacheAttribute = cacheAttributes[half];
    }

    /** Makes an entry match nothing; it reads as zeros. PRA, "TLBR": an entry that is invalid reads so. */
    void clear(int index) {
        keys[index] = NEVER;
        masks[index] = -1;
        shifts[index] = BASE_SHIFT;
        Arrays.fill(outputs, 2 * index, 2 * index + 2, 0);
        Arrays.fill(flags, 2 * index, 2 * index + 2, (byte) 0);
        Arrays.fill(cacheAttributes, 2 * index, 2 * index + 2, (byte) 0);
    }

    void write(int index, Entry entry) {
        if (!entry.present) {
            clear(index);
            return;
        }
        check(entry);
        keys[index] = entry.address & comparedBits | entry.tag;
        masks[index] = comparedBits & -2L << entry.pageShift | (entry.global ? 0 : TAG);
        shifts[index] = entry.pageShift;
        write(2 * index, entry.even, entry.pageShift);
        write(2 * index + 1, entry.odd, entry.pageShift);
    }

    private void write(int half, Half page, int pageShift) {
        // What an invalid page is said to be decides nothing, and is kept as far as there is room for it.
        outputs[half] = page.output & model.physicalAddresses() & -1L << pageShift;
        flags[half] = (byte) (page.allowed & Rights.ALL | Rights.ALL & ~deniable | (page.valid ? VALID : 0));
        cacheAttributes[half] = (byte) (page.cacheAttribute & CACHE_ATTRIBUTES - 1);
    }

    private void check(Entry entry) {
        int shift = entry.pageShift;
        if (shift < model.smallestShift() || shift > model.largestShift() || (shift & 1) != 0) {
            throw new IllegalArgumentException("%s: no page has 2^%d bytes; they have 4^n, 2^%d to 2^%d"
                    .formatted(model.name(), shift, model.smallestShift(), model.largestShift()));
        }
        if ((entry.address & (2L << shift) - 1) != 0 || !model.isTold(entry.address)) {
            throw new IllegalArgumentException("%s: %#x is no address of a pair of pages of 2^%d bytes"
                    .formatted(model.name(), entry.address, shift));
        }
        if ((entry.tag & ~TAG) != 0) {
            throw new IllegalArgumentException(
                    "%s: an ASID is 0 to %d, not %d".formatted(model.name(), TAG, entry.tag));
        }
        check(entry.even, shift);
        check(entry.odd, shift);
    }

    private void check(Half page, int shift) {
        if (!page.valid) {
            return;
        }
        if ((page.output & ~(model.physicalAddresses() & -1L << shift)) != 0) {
            throw new IllegalArgumentException(
                    "%s: no page of 2^%d bytes lies at the physical address %#x (PABITS is %d)"
                            .formatted(model.name(), shift, page.output, model.physicalBits()));
        }
        int user = page.allowed & Rights.USER;
        if (page.allowed != (user | user << Rights.SUPERVISOR_SHIFT) || (~page.allowed & Rights.ALL & ~deniable) != 0) {
            throw new IllegalArgumentException(
                    "%s: an entry cannot allow just %s: user and supervisor may do the same in it,"
                            .formatted(model.name(), Rights.text(page.allowed))
                            + " and what it can deny is " + Rights.text(deniable));
        }
        if ((page.cacheAttribute & -CACHE_ATTRIBUTES) != 0) {
            throw new IllegalArgumentException("%s: a cacheability and coherency attribute is 0 to 7, not %d"
                    .formatted(model.name(), page.cacheAttribute));
        }
    }
}
