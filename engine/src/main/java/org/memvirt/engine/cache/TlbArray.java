package org.memvirt.engine.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.mmu.TlbPreset;

/**
 * One set-associative TLB array: entries of one or several page sizes, each with the tag of its space, or of its VM where
 * it is global. A page of size 2^s lies in set {@code (address >> s) mod sets}. Says where things lie; what a hit or a miss
 * means is its owner's business. Nothing allocates after construction.
 *
 * <p>All state of a set lies side by side in one row of one array: its order of use, its fingerprints, its keys, its values.
 * An entry is named by the index of its key. A set of up to 16 ways is searched by one-byte fingerprints of its keys, eight
 * at a time, because the way of a hit is hard to predict.
 */
final class TlbArray {
    static final int NONE = -1;

    /** Tags are below this: the bits of a key that are neither page nor size. */
    static final int TAGS = 1 << 10;

    /** A key that no address has: its size index is one that does not exist. */
    private static final long INVALID = 0xfffL;

    private static final int SIZE_SHIFT = 10;
    private static final long PAGE = -4096;

    /** Where in a value its rights end, and the bit that says it is global begins. */
    private static final long GLOBAL = Rights.ALL + 1;

    private static final int MOST_PRINTED_WAYS = 16;
    private static final long BYTE_ONES = 0x0101_0101_0101_0101L;
    private static final long BYTE_TOPS = 0x8080_8080_8080_8080L;

    // Words of a row: the order, two words of fingerprints, the keys; the values follow.
    private static final int PRINTS = 1;
    private static final int KEYS = 3;

    private final int[] shifts;
    private final int smallShift;
    private final int sets;
    private final int setMask;
    private final int printShift;
    private final int ways;
    private final int rowShift;
    private final long[] state;
    private final boolean printed;
    // The top bits of the fingerprints that the ways of a set have.
    private final long lowTops;
    private final long highTops;
    // How many entries are of another size than the smallest, and how many are global: what need not be looked for.
    private int large;
    private int globals;
    private final int[] population;
    // Null where the order is kept in the rows.
    private final @Nullable Replacer replacer;
    // By set, the entry that was used last, or NONE; kept up by the owner, where it needs it.
    private final int[] latest;

    TlbArray(TlbPreset.Array geometry, long seed) {
        if (geometry.pageShifts().isEmpty() || geometry.pageShifts().size() > 3) {
            throw new IllegalArgumentException("a TLB array holds 1 to 3 page sizes, not "
                    + geometry.pageShifts().size());
        }
        shifts = geometry.pageShifts().stream().mapToInt(Integer::intValue).sorted().toArray();
        smallShift = shifts[0];
        sets = geometry.sets();
        setMask = Integer.bitCount(sets) == 1 ? sets - 1 : -1;
        printShift = smallShift + Integer.SIZE - Integer.numberOfLeadingZeros(sets - 1);
        ways = geometry.ways();
        printed = ways <= MOST_PRINTED_WAYS;
        lowTops = BYTE_TOPS >>> 64 - 8 * Math.min(ways, 8);
        highTops = ways > 8 ? BYTE_TOPS >>> 64 - 8 * Math.min(ways - 8, 8) : 0;
        rowShift = Integer.SIZE - Integer.numberOfLeadingZeros(KEYS + 2 * ways - 1);
        state = new long[sets << rowShift];
        boolean inRows = geometry.replacement() == TlbPreset.Replacement.LRU && ways <= NibbleOrder.MOST_WAYS;
        replacer = inRows ? null : Replacer.of(geometry.replacement(), sets, ways, seed);
        for (int set = 0; set < sets; set++) {
            int row = set << rowShift;
            state[row] = NibbleOrder.START;
            Arrays.fill(state, row + KEYS, row + KEYS + ways, INVALID);
        }
        population = new int[shifts.length];
        latest = new int[sets];
        Arrays.fill(latest, NONE);
    }

    /** The entry that translates the address for one of these tags, or {@link #NONE}; no effect. */
    int find(long address, int tag, int globalTag) {
        if ((large | globals) == 0 && printed) {
            return searchPrints(rowOf(address >>> smallShift), address & -1L << smallShift | tag);
        }
        return findAny(address, tag, globalTag);
    }

    private int searchPrints(int row, long wanted) {
        long[] words = state;
        long pattern = (wanted >>> printShift & 0xff) * BYTE_ONES;
        long differs = words[row + PRINTS] ^ pattern;
        for (long hits = differs - BYTE_ONES & ~differs & lowTops; hits != 0; hits &= hits - 1) {
            int entry = row + KEYS + (Long.numberOfTrailingZeros(hits) >>> 3);
            if (words[entry] == wanted) {
                return entry;
            }
        }
        if (ways > 8) {
            differs = words[row + PRINTS + 1] ^ pattern;
            for (long hits = differs - BYTE_ONES & ~differs & highTops; hits != 0; hits &= hits - 1) {
                int entry = row + KEYS + 8 + (Long.numberOfTrailingZeros(hits) >>> 3);
                if (words[entry] == wanted) {
                    return entry;
                }
            }
        }
        return NONE;
    }

    private int findAny(long address, int tag, int globalTag) {
        for (int size = 0; size < shifts.length; size++) {
            if (population[size] != 0) {
                int row = rowOf(address >>> shifts[size]);
                long page = address & -1L << shifts[size] | (long) size << SIZE_SHIFT;
                for (int entry = row + KEYS; entry < row + KEYS + ways; entry++) {
                    long key = state[entry];
                    if (key == (page | tag) || key == (page | globalTag)) {
                        return entry;
                    }
                }
            }
        }
        return NONE;
    }

    // The same for pages of 4 KiB in an array that holds nothing else, nothing global, and keeps its order in its rows.

    /** Whether {@link #searchSmall} and {@link #placeSmall} may be used now. */
    boolean isLean() {
        return (large | globals) == 0 && replacer == null && smallShift == 12;
    }

    /** The entry with this key, a page's address and a tag; or {@link #NONE}. */
    int searchSmall(long key) {
        return searchPrints(rowOf(key >>> 12), key);
    }

    /** The frame of an entry with the rights that it allows: what {@link #placeSmall} takes. */
    long value(int entry) {
        return state[entry + ways];
    }

    /** Puts an entry whose key the array does not hold in the oldest place of its set. */
    void placeSmall(long key, long value) {
        long[] words = state;
        int row = rowOf(key >>> 12);
        long order = words[row];
        int oldestShift = 4 * (ways - 1);
        int way = (int) (order >>> oldestShift) & 15;
        words[row] = NibbleOrder.rotate(order, ways);
        int entry = row + KEYS + way;
        if (words[entry] == INVALID) {
            population[0]++;
        }
        words[entry] = key;
        words[entry + ways] = value;
        int word = row + PRINTS + (way >>> 3);
        int at = way << 3;
        words[word] = words[word] & ~(0xffL << at) | (key >>> printShift & 0xff) << at;
    }

    /** Notes a use of the entry. */
    void touch(int entry) {
        int row = entry >>> rowShift << rowShift;
        int way = entry - row - KEYS;
        if (replacer == null) {
            state[row] = NibbleOrder.touch(state[row], way);
        } else {
            replacer.touch(row >>> rowShift, way);
        }
    }

    /** The entry of this one's set that was the latest before; from now on it is this one. */
    int makeLatest(int entry) {
        int set = entry >>> rowShift;
        int before = latest[set];
        latest[set] = entry;
        return before;
    }

    void forgetLatest() {
        Arrays.fill(latest, NONE);
    }

    /** The largest size that the array holds, not above {@code pageShift}; its index, or {@link #NONE}. */
    int sizeFor(int pageShift) {
        int size = shifts.length - 1;
        while (size >= 0 && shifts[size] > pageShift) {
            size--;
        }
        return size;
    }

    int shiftOf(int size) {
        return shifts[size];
    }

    /** Takes the place of an entry of the address, an empty one of its set, else its policy's choice, and notes its use. */
    int take(long address, int size) {
        int row = rowOf(address >>> shifts[size]);
        if (replacer != null) {
            return row + KEYS + replacer.take(row >>> rowShift);
        }
        long order = state[row];
        int way = NibbleOrder.oldest(order, ways);
        state[row] = NibbleOrder.rotate(order, ways);
        return row + KEYS + way;
    }

    /**
     * Writes an entry; the place's old one is gone.
     *
     * @param output any host-physical address within the page's frame
     */
    void write(int entry, long address, int size, int tag, boolean global, long output, int allowed) {
        long[] words = state;
        long pages = -1L << shifts[size];
        long key = address & pages | (long) size << SIZE_SHIFT | tag;
        long value = output & pages | (global ? GLOBAL : 0) | allowed;
        if (((words[entry] ^ key) & INVALID & -TAGS | (words[entry + ways] ^ value) & GLOBAL) != 0) {
            count(entry, -1);
            words[entry] = key;
            words[entry + ways] = value;
            count(entry, 1);
        } else {
            words[entry] = key;
            words[entry + ways] = value;
        }
        if (printed) {
            int row = entry >>> rowShift << rowShift;
            int way = entry - row - KEYS;
            int word = row + PRINTS + (way >>> 3);
            int at = way << 3;
            words[word] = words[word] & ~(0xffL << at) | (key >>> printShift & 0xff) << at;
        }
    }

    private void count(int entry, int change) {
        if (isValid(entry)) {
            int size = sizeOf(entry);
            population[size] += change;
            large += size == 0 ? 0 : change;
            globals += isGlobal(entry) ? change : 0;
        }
    }

    /** Removes an entry, whose place is then the first of its set to be taken. */
    void remove(int entry) {
        if (isValid(entry)) {
            count(entry, -1);
            state[entry] = INVALID;
            state[entry + ways] = 0;
            int set = entry >>> rowShift;
            int row = set << rowShift;
            int way = entry - row - KEYS;
            if (replacer == null) {
                state[row] = NibbleOrder.free(state[row], way, ways);
            } else {
                replacer.free(set, way);
            }
            if (latest[set] == entry) {
                latest[set] = NONE;
            }
        }
    }

    /** The entry, valid or not, at the {@code index}-th place of all. */
    int entryAt(int index) {
        return (index / ways << rowShift) + KEYS + index % ways;
    }

    int entries() {
        return sets * ways;
    }

    int sets() {
        return sets;
    }

    /** Whether every entry is of the smallest size. */
    boolean allSmall() {
        return large == 0;
    }

    boolean isValid(int entry) {
        return state[entry] != INVALID;
    }

    boolean isGlobal(int entry) {
        return (state[entry + ways] & GLOBAL) != 0;
    }

    /** The tag of the entry's space, or for a global one of its VM. */
    int tag(int entry) {
        return (int) state[entry] & TAGS - 1;
    }

    /** First address of the entry's page. */
    long page(int entry) {
        return state[entry] & -1L << pageShift(entry);
    }

    int pageShift(int entry) {
        return shifts[sizeOf(entry)];
    }

    /** What the entry allows, as {@link Rights}. */
    int allowed(int entry) {
        return (int) state[entry + ways] & Rights.ALL;
    }

    /** Where the entry leads the address. */
    long output(int entry, long address) {
        return state[entry + ways] & PAGE | address & (1L << pageShift(entry)) - 1;
    }

    private int sizeOf(int entry) {
        return (int) state[entry] >>> SIZE_SHIFT & 3;
    }

    private int rowOf(long number) {
        int set = setMask >= 0 ? (int) number & setMask : (int) Long.remainderUnsigned(number, sets);
        return set << rowShift;
    }

    // Invalidation.

    /** Removes the entries with a chosen tag that translate any of the bytes from {@code address} on. */
    void removeRange(boolean[] chosen, long address, long bytes) {
        if (bytes <= 1L << smallShift && (address & (1L << smallShift) - 1) + bytes <= 1L << smallShift) {
            removePage(chosen, address);
            return;
        }
        for (int index = 0; index < entries(); index++) {
            int entry = entryAt(index);
            if (isValid(entry) && chosen[tag(entry)]) {
                long page = page(entry);
                // Either begins within the other.
                if (address - page >= 0 && address - page < 1L << pageShift(entry)
                        || page - address >= 0 && page - address < bytes) {
                    remove(entry);
                }
            }
        }
    }

    /** The same for a range within one page of the smallest size, which can only lie in one set for each size. */
    private void removePage(boolean[] chosen, long address) {
        for (int size = 0; size < shifts.length; size++) {
            if (population[size] != 0) {
                int row = rowOf(address >>> shifts[size]);
                long wanted = address & -1L << shifts[size];
                for (int entry = row + KEYS; entry < row + KEYS + ways; entry++) {
                    if (isValid(entry) && sizeOf(entry) == size && page(entry) == wanted && chosen[tag(entry)]) {
                        remove(entry);
                    }
                }
            }
        }
    }

    /** Removes the entries with a chosen tag. */
    void removeAll(boolean[] chosen) {
        for (int index = 0; index < entries(); index++) {
            int entry = entryAt(index);
            if (isValid(entry) && chosen[tag(entry)]) {
                remove(entry);
            }
        }
    }

    /** Bit s is set when the array holds pages of 2^s bytes. */
    long sizes() {
        long sizes = 0;
        for (int shift : shifts) {
            sizes |= 1L << shift;
        }
        return sizes;
    }
}
