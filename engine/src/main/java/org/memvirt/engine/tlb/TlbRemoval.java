package org.memvirt.engine.tlb;

import java.util.function.IntPredicate;

/** Removes entries of a TLB array by their tags and the addresses that they translate. */
final class TlbRemoval {
    private TlbRemoval() {}

    /** Removes the entries with a chosen tag that translate any of the bytes from {@code address} on. */
    static void range(TlbArray array, IntPredicate chosen, long address, long bytes) {
        long small = 1L << array.shiftOf(0);
        if (bytes <= small && (address & small - 1) + bytes <= small) {
            page(array, chosen, address);
            return;
        }
        for (int set = 0; set < array.sets() && !array.isEmpty(); set++) {
            for (int way = 0; way < array.ways(); way++) {
                int entry = array.entry(set, way);
                if (array.isValid(entry) && overlaps(array, entry, address, bytes) && chosen.test(array.tag(entry))) {
                    array.remove(entry);
                }
            }
        }
    }

    private static boolean overlaps(TlbArray array, int entry, long address, long bytes) {
        long page = array.page(entry);
        // Either begins within the other.
        return address - page >= 0 && address - page < 1L << array.pageShift(entry)
                || page - address >= 0 && page - address < bytes;
    }

    /** The same for a range within one page of the smallest size, which can only lie in one set for each size. */
    private static void page(TlbArray array, IntPredicate chosen, long address) {
        for (int size = 0; size < array.sizeCount(); size++) {
            if (array.population(size) != 0) {
                int shift = array.shiftOf(size);
                int first = array.firstOf(address, size);
                for (int entry = first; entry < first + 2 * array.ways(); entry += 2) {
                    if (array.isValid(entry)
                            && array.pageShift(entry) == shift
                            && array.page(entry) == (address & -1L << shift)
                            && chosen.test(array.tag(entry))) {
                        array.remove(entry);
                    }
                }
            }
        }
    }

    /** Removes all entries. */
    static void everything(TlbArray array) {
        for (int set = 0; set < array.sets() && !array.isEmpty(); set++) {
            for (int way = 0; way < array.ways(); way++) {
                array.remove(array.entry(set, way));
            }
        }
    }

    /** Removes the entries with a chosen tag. A strategy without tags asks for this at each exit, when few are left. */
    static void all(TlbArray array, IntPredicate chosen) {
        for (int set = 0; set < array.sets() && !array.isEmpty(); set++) {
            for (int way = 0; way < array.ways(); way++) {
                int entry = array.entry(set, way);
                if (array.isValid(entry) && chosen.test(array.tag(entry))) {
                    array.remove(entry);
                }
            }
        }
    }
}
