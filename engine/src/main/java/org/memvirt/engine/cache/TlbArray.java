package org.memvirt.engine.cache;

import java.util.Arrays;
import org.memvirt.api.mmu.TlbPreset;

/**
 * One set-associative TLB array: entries of one or several page sizes, each tagged with its space, or with its VM where it
 * is global. A page of size 2^s lies in set {@code (address >> s) mod sets}. Says where things lie; what a hit or a miss
 * means is its owner's business. Nothing allocates after construction.
 */
final class TlbArray {
    static final int NONE = -1;

    /** A key that no address has: its size index is one that does not exist. */
    private static final long INVALID = 0xfffL;

    private static final int SIZE_SHIFT = 10;
    private static final long GLOBAL_KEY = 1 << 9;
    private static final int OWNER_KEY = (1 << 9) - 1;

    private final int[] shifts;
    private final int sets;
    private final int setMask;
    private final int ways;
    private final Replacer replacer;

    // By slot: the page's address with, in its low 12 bits, size index, global flag and the owner's low bits.
    private final long[] key;
    private final int[] owner;
    final long[] frame;
    final byte[] allowed;
    // How many entries there are of each size, and global ones: what need not be looked for.
    private final int[] population;
    private int globals;
    // By set, the slot that was touched last, or NONE.
    private final int[] latest;

    TlbArray(TlbPreset.Array geometry, long seed) {
        if (geometry.pageShifts().isEmpty() || geometry.pageShifts().size() > 3) {
            throw new IllegalArgumentException("a TLB array holds 1 to 3 page sizes, not "
                    + geometry.pageShifts().size());
        }
        shifts = geometry.pageShifts().stream().mapToInt(Integer::intValue).sorted().toArray();
        sets = geometry.sets();
        setMask = Integer.bitCount(sets) == 1 ? sets - 1 : -1;
        ways = geometry.ways();
        replacer = Replacer.of(geometry.replacement(), sets, ways, seed);
        int slots = sets * ways;
        key = new long[slots];
        Arrays.fill(key, INVALID);
        owner = new int[slots];
        frame = new long[slots];
        allowed = new byte[slots];
        population = new int[shifts.length];
        latest = new int[sets];
        Arrays.fill(latest, NONE);
    }

    /** The slot of the entry that translates the address in this space of this VM, or {@link #NONE}; no effect. */
    int find(int vm, int space, long address) {
        for (int size = 0; size < shifts.length; size++) {
            if (population[size] != 0) {
                int shift = shifts[size];
                int base = setOf(address >>> shift) * ways;
                long page = address & -1L << shift | (long) size << SIZE_SHIFT;
                int slot = search(base, page | space & OWNER_KEY, space);
                if (slot == NONE && globals != 0) {
                    slot = search(base, page | GLOBAL_KEY | vm & OWNER_KEY, vm);
                }
                if (slot != NONE) {
                    return slot;
                }
            }
        }
        return NONE;
    }

    private int search(int base, long wanted, int wantedOwner) {
        for (int slot = base; slot < base + ways; slot++) {
            if (key[slot] == wanted && owner[slot] == wantedOwner) {
                return slot;
            }
        }
        return NONE;
    }

    /** Notes a use of the slot; returns the slot of its set that was used last before. */
    int touch(int slot) {
        int set = slot / ways;
        int before = latest[set];
        latest[set] = slot;
        replacer.touch(set, slot - set * ways);
        return before;
    }

    /** The largest size that the array holds, not above {@code pageShift}; its index, or {@link #NONE}. */
    int sizeFor(int pageShift) {
        for (int size = shifts.length - 1; size >= 0; size--) {
            if (shifts[size] <= pageShift) {
                return size;
            }
        }
        return NONE;
    }

    int shiftOf(int size) {
        return shifts[size];
    }

    /** The slot that an entry for the address would take now: an empty one of its set, else its replacer's choice. */
    int victim(long address, int size) {
        int set = setOf(address >>> shifts[size]);
        return set * ways + replacer.victim(set);
    }

    /** The slot that was touched last in the set of this slot, or {@link #NONE}. */
    int latestBeside(int slot) {
        return latest[slot / ways];
    }

    /** Writes an entry; the slot's old one is gone. */
    void write(int slot, long address, int size, int entryOwner, boolean global, long entryFrame, int entryAllowed) {
        erase(slot);
        key[slot] = address & -1L << shifts[size]
                | (long) size << SIZE_SHIFT
                | (global ? GLOBAL_KEY : 0)
                | entryOwner & OWNER_KEY;
        owner[slot] = entryOwner;
        frame[slot] = entryFrame;
        allowed[slot] = (byte) entryAllowed;
        population[size]++;
        globals += global ? 1 : 0;
    }

    /** Empties a slot, which is then the first of its set to be taken. */
    void remove(int slot) {
        if (isValid(slot)) {
            erase(slot);
            int set = slot / ways;
            replacer.free(set, slot - set * ways);
            if (latest[set] == slot) {
                latest[set] = NONE;
            }
        }
    }

    private void erase(int slot) {
        if (isValid(slot)) {
            population[(int) key[slot] >>> SIZE_SHIFT & 3]--;
            globals -= isGlobal(slot) ? 1 : 0;
            key[slot] = INVALID;
        }
    }

    int slots() {
        return key.length;
    }

    boolean isValid(int slot) {
        return key[slot] != INVALID;
    }

    boolean isGlobal(int slot) {
        return (key[slot] & GLOBAL_KEY) != 0;
    }

    /** The space of an entry, or for a global one its VM. */
    int owner(int slot) {
        return owner[slot];
    }

    /** First address of the entry's page. */
    long page(int slot) {
        return key[slot] & -1L << pageShift(slot);
    }

    int pageShift(int slot) {
        return shifts[(int) key[slot] >>> SIZE_SHIFT & 3];
    }

    private int setOf(long number) {
        return setMask >= 0 ? (int) number & setMask : (int) Long.remainderUnsigned(number, sets);
    }
}
