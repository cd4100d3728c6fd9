package org.memvirt.engine.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.TlbPreset;

/**
 * One set-associative TLB array: entries of any number of page sizes, each with the tag of its space, or of its VM where
 * it is global. A page of size 2^s lies in set {@code (address >> s) mod sets}. Says where things lie; what a hit or a miss
 * means is its owner's business. Nothing allocates after construction.
 *
 * <p>A set is a stretch of words: first its head, then of each way the key, the page's address with its size and
 * its tag, and the value, the frame with the rights. An entry is named by the place of its key. The head has the order of
 * use and one-byte fingerprints of the keys of up to 16 ways, by which a set is searched without a branch for each way,
 * because the way of a hit is hard to predict.
 *
 * <p>The key of a page of the smallest size is its address with its tag. That of a larger one says so with one more bit, and
 * has, of the bits that are offset in the page, the highest set: the lowest bit of the address that is set tells the size.
 * The bits of a tag for which a key has no room lie in the value, above the frame. They are all clear until some 2,000
 * spaces have entries at once; {@link #search} must not be used from then on.
 */
final class TlbArray {
    static final int NONE = -1;

    /** The bits of a tag that a key has room for. */
    private static final int TAG_BITS = 11;

    /** Tags below this lie in a key. */
    static final int NARROW_TAGS = 1 << TAG_BITS;

    /** Tags are below this. */
    static final int TAGS = 1 << TAG_BITS + 12;

    /** The bit of a key that says that the page is larger than the smallest. */
    private static final long LARGE = NARROW_TAGS;

    /** A key that no address has: a large page, of no size. */
    private static final long INVALID = LARGE;

    private static final long PAGE = -4096;
    private static final int FRAME_BITS = 52;
    private static final long FRAME = PAGE & (1L << FRAME_BITS) - 1;

    /** Where in a value its rights end, and the bit that says it is global begins. */
    private static final long GLOBAL = Rights.ALL + 1;

    // Words of a head: the order and two words of fingerprints; the fourth is not used.
    private static final int HEAD = 4;
    private static final int PRINTS = 1;

    private final int[] shifts;
    /** By offset bits, the index of a size; of an invalid key, which tells of 65, any. */
    private final byte[] sizes = new byte[Long.SIZE + 2];

    private final int smallShift;
    private final int sets;
    private final int setMask;
    private final int printShift;
    private final int ways;
    private final int oldestShift;
    private final int strideShift;
    private final long printsOfWays;
    private final long[] words;
    private final boolean printed;
    // How many entries are of another size than the smallest, and how many are global: what need not be looked for.
    private int large;
    private int globals;
    private final int[] population;
    // For restore.
    private final long[] saved;
    private final int[] savedPopulation;
    private int savedGlobals;
    // Where the order of use is kept: in the times of uses, by a replacer, or, where both are null, in the heads.
    private final @Nullable Uses uses;
    private final int firstUse;
    private final @Nullable Replacer replacer;
    // Null where a set is searched by fingerprints.
    private final @Nullable EntryIndex index;
    // The size of what findAny found last.
    private int lastSize;
    // By set, the entry that was used last, or NONE; kept up by the owner, where it needs it.
    private final int[] latest;
    private final int[] savedLatest;

    TlbArray(TlbPreset.Array geometry, long seed) {
        this(geometry, seed, null);
    }

    /** @param times where those of LRU's uses are kept; null where the array keeps their order itself */
    TlbArray(TlbPreset.Array geometry, long seed, @Nullable Uses times) {
        shifts = geometry.pageShifts().stream().mapToInt(Integer::intValue).sorted().toArray();
        if (shifts.length == 0 || shifts[0] < 12 || shifts[shifts.length - 1] > FRAME_BITS) {
            throw new IllegalArgumentException("a TLB array holds pages of 2^12 to 2^%d bytes, not of 2^%s"
                    .formatted(FRAME_BITS, geometry.pageShifts()));
        }
        for (int size = 0; size < shifts.length; size++) {
            sizes[shifts[size]] = (byte) size;
        }
        smallShift = shifts[0];
        sets = geometry.sets();
        setMask = Integer.bitCount(sets) == 1 ? sets - 1 : -1;
        printShift = smallShift + Integer.SIZE - Integer.numberOfLeadingZeros(sets - 1);
        ways = geometry.ways();
        oldestShift = 4 * (ways - 1);
        strideShift = Integer.SIZE - Integer.numberOfLeadingZeros(HEAD + 2 * ways - 1);
        printed = ways <= Fingerprints.MOST_WAYS;
        printsOfWays = Fingerprints.ofWays(Math.min(ways, Fingerprints.MOST_WAYS));
        words = new long[sets << strideShift];
        boolean lru = geometry.replacement() == TlbPreset.Replacement.LRU;
        uses = lru ? times : null;
        firstUse = uses == null ? Uses.NOBODYS : uses.allot(sets * ways);
        boolean inHeads = lru && ways <= NibbleOrder.MOST_WAYS;
        replacer = uses != null || inHeads ? null : Replacer.of(geometry.replacement(), sets, ways, seed);
        index = printed ? null : new EntryIndex(sets * ways);
        for (int set = 0; set < sets; set++) {
            words[set << strideShift] = NibbleOrder.START;
            for (int way = 0; way < ways; way++) {
                words[entry(set, way)] = INVALID;
            }
        }
        population = new int[shifts.length];
        saved = words.clone();
        savedPopulation = population.clone();
        latest = new int[sets];
        Arrays.fill(latest, NONE);
        savedLatest = latest.clone();
    }

    /** The entry that translates the address for one of these tags, or {@link #NONE}; no effect. */
    int find(long address, int tag, int globalTag) {
        if ((large | globals) == 0 && printed && tag < NARROW_TAGS) {
            int entry = search(address & -1L << smallShift | tag);
            if (entry == NONE || (words[entry + 1] >>> FRAME_BITS) == 0) {
                return entry;
            }
        }
        return findAny(address, tag, globalTag);
    }

    private int findAny(long address, int tag, int globalTag) {
        int likely = lastSize;
        int entry = population[likely] == 0 ? NONE : findOfSize(likely, address, tag, globalTag);
        for (int size = 0; entry == NONE && size < shifts.length; size++) {
            if (size != likely && population[size] != 0) {
                entry = findOfSize(size, address, tag, globalTag);
                lastSize = entry == NONE ? lastSize : size;
            }
        }
        return entry;
    }

    private int findOfSize(int size, long address, int tag, int globalTag) {
        long page = pageKey(address, size);
        int entry = findTagged(size, page, tag);
        return entry == NONE && globals != 0 ? findTagged(size, page, globalTag) : entry;
    }

    private int findTagged(int size, long page, int tag) {
        long key = page | tag & NARROW_TAGS - 1;
        if (index != null) {
            for (int place = index.first(key); place != EntryIndex.NONE; place = index.after(place)) {
                int entry = entryAt(place);
                if (words[entry] == key && tag(entry) == tag) {
                    return entry;
                }
            }
            return NONE;
        }
        int head = setOf(page >>> shifts[size]) << strideShift;
        long candidates = Fingerprints.candidates(words, head + PRINTS, printOf(key) & 0xff, printsOfWays);
        while (candidates != 0) {
            int entry = head + HEAD + 2 * Fingerprints.wayOf(Long.numberOfTrailingZeros(candidates));
            if (words[entry] == key && tag(entry) == tag) {
                return entry;
            }
            candidates &= candidates - 1;
        }
        return NONE;
    }

    /** The bits of a key that tell the pages of a set apart best, from the lowest on. */
    private long printOf(long key) {
        return (key & LARGE) == 0 ? key >>> printShift : key >>> printShift + shifts[sizeOfKey(key)] - smallShift;
    }

    /** The key of the page around the address, without its tag. */
    private long pageKey(long address, int size) {
        int shift = shifts[size];
        return size == 0 ? address & -1L << shift : address & -1L << shift | 1L << shift - 1 | LARGE;
    }

    /** Whether an entry that {@link #search} does not find translates the address for one of these tags. */
    boolean findsOther(long address, int tag, int globalTag) {
        int entry = findAny(address, tag, globalTag);
        return entry != NONE && (sizeOf(entry) != 0 || isGlobal(entry));
    }

    /** The entry of a page of the smallest size by its key, in an array that {@link #isSearchable}; or {@link #NONE}. */
    int search(long key) {
        return searchSet(headOf(key), key);
    }

    // For whoever looks small pages up by the block: see LookupBlock.

    /** Whether pages of 4 KiB are its smallest, its order of use is LRU's and lies in the heads. */
    boolean isSearchable() {
        return printed && replacer == null && smallShift == 12;
    }

    /** Whether it may hold an entry that {@link #search} does not find. */
    boolean holdsOthers() {
        return (large | globals) != 0;
    }

    /** The frame of an entry with the rights that it allows and, for its owner's use, the bits between them. */
    long value(int entry) {
        return words[entry + 1];
    }

    void setValue(int entry, long value) {
        words[entry + 1] = value;
    }

    /** Gives the entries that have a {@link Pending} value what their walks answered. */
    void settle(Walked walked) {
        for (int index = 0; index < entries(); index++) {
            int entry = entryAt(index);
            long value = words[entry + 1];
            if (Pending.is(value)) {
                long page = page(entry);
                long frame = walked.output(Pending.number(value), page) & FRAME;
                words[entry + 1] = frame | walked.allowed(Pending.number(value));
            }
        }
    }

    // One set of an array that is searchable, named by its head: what SecondLevel does for each miss of level 1.

    /** The head of the set in which a key lies. */
    int headOf(long key) {
        return setOf(key >>> smallShift) << strideShift;
    }

    /** The entry of a set that has this key, or {@link #NONE}. */
    int searchSet(int head, long key) {
        long[] all = words;
        long candidates = Fingerprints.candidates(all, head + PRINTS, key >>> printShift & 0xff, printsOfWays);
        while (candidates != 0) {
            int entry = head + HEAD + 2 * Fingerprints.wayOf(Long.numberOfTrailingZeros(candidates));
            if (all[entry] == key) {
                return entry;
            }
            candidates &= candidates - 1;
        }
        return NONE;
    }

    /** Whether all places are taken, by small pages that are not global: {@link #replaceAlike} asks for that. */
    boolean isAlike() {
        return (large | globals) == 0 && population[0] == entries();
    }

    /** Puts a small page, which is not global, in the oldest place of a set; returns that entry. */
    int replace(int head, long key, long value) {
        int entry = replaceOrder(head);
        set(entry, key, value);
        return entry;
    }

    /** The same for an array that {@link #isAlike}. */
    int replaceAlike(int head, long key, long value) {
        int entry = replaceOrder(head);
        words[entry] = key;
        words[entry + 1] = value;
        Fingerprints.put(words, head + PRINTS, way(entry), key >>> printShift);
        return entry;
    }

    private int replaceOrder(int head) {
        long order = words[head];
        words[head] = NibbleOrder.rotate(order, oldestShift);
        return head + HEAD + 2 * ((int) (order >>> oldestShift) & 15);
    }

    /** Keeps what the array holds, for {@link #restore}. */
    void save() {
        System.arraycopy(words, 0, saved, 0, words.length);
        System.arraycopy(population, 0, savedPopulation, 0, population.length);
        System.arraycopy(latest, 0, savedLatest, 0, latest.length);
        savedGlobals = globals;
        if (replacer != null) {
            replacer.save();
        }
        if (index != null) {
            index.save();
        }
    }

    /** Makes the array what it was at {@link #save}. */
    void restore() {
        System.arraycopy(saved, 0, words, 0, words.length);
        System.arraycopy(savedPopulation, 0, population, 0, population.length);
        System.arraycopy(savedLatest, 0, latest, 0, latest.length);
        if (replacer != null) {
            replacer.restore();
        }
        if (index != null) {
            index.restore();
        }
        globals = savedGlobals;
        large = 0;
        for (int size = 1; size < population.length; size++) {
            large += population[size];
        }
    }

    /** Copies keys and values by set, the entries of each in the order of their use. */
    void copyByAge(long[] into, int from) {
        int at = from;
        for (int set = 0; set < sets; set++) {
            long order = uses == null ? words[set << strideShift] : orderOf(set, uses.last);
            for (int age = 0; age < ways; age++) {
                int entry = entry(set, (int) (order >>> 4 * age) & 15);
                into[at++] = words[entry];
                into[at++] = words[entry + 1];
            }
        }
    }

    /** The ways of a set by the times of their uses, as {@link NibbleOrder}. */
    private long orderOf(int set, long[] last) {
        int first = firstUse + set * ways;
        long order = 0;
        for (int way = 0; way < ways; way++) {
            int older = 0;
            for (int other = 0; other < ways; other++) {
                boolean later = last[first + other] > last[first + way];
                older += later || last[first + other] == last[first + way] && other < way ? 1 : 0;
            }
            order |= (long) way << 4 * older;
        }
        return order;
    }

    /** Sets the entry of a set that is of this age; whoever calls it does so for all ages of the set. */
    void setAged(int set, int age, long key, long value) {
        int entry = entry(set, age);
        words[set << strideShift] = NibbleOrder.START;
        set(entry, key, value);
        if (uses != null) {
            uses.last[useOf(entry)] = key == INVALID ? 0 : uses.now() - age;
        }
    }

    /** Where among {@link Uses} the time of the entry's last use is. */
    int useOf(int entry) {
        return uses == null ? Uses.NOBODYS : firstUse + set(entry) * ways + way(entry);
    }

    /** Whether each use of an entry that is not the latest of its set changes more than the time of its use. */
    boolean needsLatest() {
        return uses == null && !(replacer != null && replacer.ignoresUses());
    }

    /** Notes a use of the entry. */
    void touch(int entry) {
        if (uses != null) {
            uses.last[useOf(entry)] = uses.now();
        } else if (replacer == null) {
            int head = head(entry);
            words[head] = NibbleOrder.touch(words[head], way(entry));
        } else {
            replacer.touch(set(entry), way(entry));
        }
    }

    /** The entry of this one's set that was the latest before; from now on it is this one. */
    int makeLatest(int entry) {
        int set = set(entry);
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
        int set = setOf(address >>> shifts[size]);
        if (uses != null) {
            return takeOldest(set, uses);
        }
        if (replacer != null) {
            return entry(set, replacer.take(set));
        }
        int head = set << strideShift;
        long order = words[head];
        words[head] = NibbleOrder.rotate(order, oldestShift);
        return entry(set, (int) (order >>> oldestShift) & 15);
    }

    private int takeOldest(int set, Uses times) {
        long[] last = times.last;
        int first = firstUse + set * ways;
        int oldest = first;
        long time = last[first];
        for (int slot = first + 1; slot < first + ways; slot++) {
            if (last[slot] < time) {
                time = last[slot];
                oldest = slot;
            }
        }
        last[oldest] = times.now();
        return entry(set, oldest - first);
    }

    /**
     * Writes an entry; the place's old one is gone.
     *
     * @param output any host-physical address within the page's frame
     */
    void write(int entry, long address, int size, int tag, boolean global, long output, int allowed) {
        long frame = output & -1L << shifts[size] & FRAME;
        long tagAbove = (long) (tag >>> TAG_BITS) << FRAME_BITS;
        set(entry, pageKey(address, size) | tag & NARROW_TAGS - 1, tagAbove | frame | (global ? GLOBAL : 0) | allowed);
    }

    private void set(int entry, long key, long value) {
        long[] all = words;
        if (index != null) {
            int place = set(entry) * ways + way(entry);
            if (all[entry] != INVALID) {
                index.remove(place, all[entry]);
            }
            if (key != INVALID) {
                index.add(place, key);
            }
        }
        // Whether either is large, or invalid; and whether one is global.
        if (((all[entry] | key) & LARGE | (all[entry + 1] ^ value) & GLOBAL) != 0) {
            count(entry, -1);
            all[entry] = key;
            all[entry + 1] = value;
            count(entry, 1);
        } else {
            all[entry] = key;
            all[entry + 1] = value;
        }
        if (printed) {
            Fingerprints.put(all, head(entry) + PRINTS, way(entry), printOf(key));
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
            if (index != null) {
                index.remove(set(entry) * ways + way(entry), words[entry]);
            }
            words[entry] = INVALID;
            words[entry + 1] = 0;
            if (uses != null) {
                uses.last[useOf(entry)] = 0;
            } else if (replacer == null) {
                int head = head(entry);
                words[head] = NibbleOrder.free(words[head], way(entry), ways);
            } else {
                replacer.free(set(entry), way(entry));
            }
            if (latest[set(entry)] == entry) {
                latest[set(entry)] = NONE;
            }
        }
    }

    /** The entry, valid or not, at the {@code index}-th place of all. */
    int entryAt(int index) {
        return entry(index / ways, index % ways);
    }

    // An entry's place, by its set and way, and back.

    private int entry(int set, int way) {
        return (set << strideShift) + HEAD + 2 * way;
    }

    private int head(int entry) {
        return entry & -1 << strideShift;
    }

    private int set(int entry) {
        return entry >>> strideShift;
    }

    private int way(int entry) {
        return entry - head(entry) - HEAD >>> 1;
    }

    int entries() {
        return sets * ways;
    }

    int ways() {
        return ways;
    }

    int sets() {
        return sets;
    }

    boolean isEmpty() {
        for (int number : population) {
            if (number != 0) {
                return false;
            }
        }
        return true;
    }

    boolean isValid(int entry) {
        return words[entry] != INVALID;
    }

    boolean isGlobal(int entry) {
        return isGlobal(value(entry));
    }

    static boolean isGlobal(long value) {
        return (value & GLOBAL) != 0;
    }

    /** The tag of the entry's space, or for a global one of its VM. */
    int tag(int entry) {
        return (int) words[entry] & NARROW_TAGS - 1 | (int) (words[entry + 1] >>> FRAME_BITS) << TAG_BITS;
    }

    /** First address of the entry's page. */
    long page(int entry) {
        return words[entry] & -1L << pageShift(entry);
    }

    int pageShift(int entry) {
        return shifts[sizeOf(entry)];
    }

    /** What the entry allows, as {@link Rights}. */
    int allowed(int entry) {
        return (int) words[entry + 1] & Rights.ALL;
    }

    /** Where the entry leads the address. */
    long output(int entry, long address) {
        return words[entry + 1] & FRAME | address & (1L << pageShift(entry)) - 1;
    }

    private int sizeOf(int entry) {
        return sizeOfKey(words[entry]);
    }

    private int sizeOfKey(long key) {
        return (key & LARGE) == 0 ? 0 : sizes[Long.numberOfTrailingZeros(key & PAGE) + 1];
    }

    private int setOf(long number) {
        return setMask >= 0 ? (int) number & setMask : (int) Long.remainderUnsigned(number, sets);
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
                int first = entry(setOf(address >>> shifts[size]), 0);
                long wanted = address & -1L << shifts[size];
                for (int entry = first; entry < first + 2 * ways; entry += 2) {
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
