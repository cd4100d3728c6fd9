package org.memvirt.engine.tlb;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.TlbPreset;

/**
 * One set-associative TLB array: entries of any number of page sizes, each with the tag of its space, or of its VM where
 * it is global. A page of size 2^s lies in set {@code (address >> s) mod sets}. Says where things lie; what a hit or a miss
 * means is its owner's business. Nothing allocates after construction.
 *
 * <p>A set is a stretch of words: first its head, then of each way the key and the value, as {@link TlbKeys} writes them. An
 * entry is named by the place of its key. The head has a word for {@link UseOrder} and one-byte fingerprints of the keys of up
 * to 16 ways, by which a set is searched without a branch for each way, because the way of a hit is hard to predict. Sets of
 * more ways are searched by an {@link EntryIndex}.
 */
public final class TlbArray {
    public static final int NONE = -1;

    private static final int HEAD = KeySearch.HEAD;

    private final TlbKeys keys;
    private final UseOrder order;
    private final KeySearch search;
    private final int sets;
    private final int setMask;
    private final int ways;
    private final int strideShift;
    private final long[] words;
    // How many entries are of another size than the smallest, and how many are global: what need not be looked for.
    private int large;
    private int globals;
    private final int[] population;
    // The size of what findAny found last.
    private int lastSize;
    // For restore.
    private final long[] saved;
    private final int[] savedPopulation;
    private int savedGlobals;

    /** @param times where those of LRU's uses are kept; null where the array keeps their order itself */
    TlbArray(TlbPreset.Array geometry, long seed, @Nullable Uses times) {
        sets = geometry.sets();
        setMask = Integer.bitCount(sets) == 1 ? sets - 1 : -1;
        ways = geometry.ways();
        strideShift = Integer.SIZE - Integer.numberOfLeadingZeros(HEAD + 2 * ways - 1);
        int[] shifts = geometry.pageShifts().stream().mapToInt(Integer::intValue).sorted().toArray();
        keys = new TlbKeys(shifts, Integer.SIZE - Integer.numberOfLeadingZeros(sets - 1));
        words = new long[sets << strideShift];
        order = new UseOrder(geometry, seed, times, words, strideShift);
        search = new KeySearch(words, keys, sets, ways, strideShift);
        for (int place = 0; place < entries(); place++) {
            words[entryAt(place)] = TlbKeys.INVALID;
        }
        population = new int[shifts.length];
        saved = words.clone();
        savedPopulation = population.clone();
    }

    // Looking up.

    /** The entry that translates the address for one of these tags, or {@link #NONE}; no effect. */
    int find(long address, int tag, int globalTag) {
        if ((large | globals) == 0 && search.isByPrints() && tag < TlbKeys.NARROW_TAGS) {
            int entry = search(address & -1L << keys.smallShift() | tag);
            if (entry == NONE || TlbKeys.isNarrow(words[entry + 1])) {
                return entry;
            }
        }
        return findAny(address, tag, globalTag);
    }

    private int findAny(long address, int tag, int globalTag) {
        int likely = lastSize;
        int entry = population[likely] == 0 ? NONE : findOfSize(likely, address, tag, globalTag);
        for (int size = 0; entry == NONE && size < population.length; size++) {
            if (size != likely && population[size] != 0) {
                entry = findOfSize(size, address, tag, globalTag);
                lastSize = entry == NONE ? lastSize : size;
            }
        }
        return entry;
    }

    private int findOfSize(int size, long address, int tag, int globalTag) {
        long page = keys.pageKey(address, size);
        int head = setOf(address >>> keys.shiftOf(size)) << strideShift;
        int entry = search.any(head, page | TlbKeys.narrow(tag), tag);
        return entry == NONE && globals != 0 ? search.any(head, page | TlbKeys.narrow(globalTag), globalTag) : entry;
    }

    /** Whether an entry that {@link #search} does not find translates the address for one of these tags. */
    boolean findsOther(long address, int tag, int globalTag) {
        int entry = findAny(address, tag, globalTag);
        return entry != NONE && (keys.sizeOf(words[entry]) != 0 || isGlobal(entry));
    }

    /** The entry of a page of the smallest size by its key, or {@link #NONE}. Not for tags that a key has no room for. */
    int search(long key) {
        return searchSet(headOf(key), key);
    }

    // For whoever looks small pages up by the block: see LookupBlock.

    /** Whether pages of 4 KiB are its smallest, its order of use is LRU's and it has few ways. */
    boolean isSearchable() {
        return search.isByPrints() && order.isOfNibbles() && keys.smallShift() == 12;
    }

    /** Whether it may hold an entry that {@link #search} does not find. */
    boolean holdsOthers() {
        return (large | globals) != 0;
    }

    /** The frame of an entry with the rights that it allows and, for its owner's use, the bits between them. */
    public long value(int entry) {
        return words[entry + 1];
    }

    public void setValue(int entry, long value) {
        words[entry + 1] = value;
    }

    // One set, named by its head: what passes over a block do. They are for tags that a key has room for.

    /** The head of the set in which a key lies. */
    public int headOf(long key) {
        return setOf(key >>> keys.smallShift()) << strideShift;
    }

    /** The entry of a set that has this key, or {@link #NONE}. */
    public int searchSet(int head, long key) {
        return search.small(head, key);
    }

    /** Whether it is searchable and full of small pages that are not global. */
    public boolean isAlike() {
        return isSearchable() && (large | globals) == 0 && population[0] == entries();
    }

    /** Puts a small page, which is not global, in the place of a set that is its policy's choice; returns that entry. */
    public int replace(int head, long key, long value) {
        int entry = head + HEAD + 2 * order.take(set(head));
        set(entry, key, value);
        return entry;
    }

    /** The same for an array that {@link #isAlike}. */
    public int replaceAlike(int head, long key, long value) {
        int entry = head + HEAD + 2 * order.rotate(head);
        words[entry] = key;
        words[entry + 1] = value;
        search.changeSmall(head, way(entry), key);
        return entry;
    }

    /** Notes a use of an entry of this set, in an array that {@link #isAlike}. */
    public void touchAlike(int head, int entry) {
        order.renew(head, entry - head - HEAD >>> 1);
    }

    /** Keeps what the array holds, for {@link #restore}; what lies in {@link Uses} is its owner's to keep. */
    public void save() {
        System.arraycopy(words, 0, saved, 0, words.length);
        System.arraycopy(population, 0, savedPopulation, 0, population.length);
        savedGlobals = globals;
        order.save();
        search.save();
    }

    /** Makes the array what it was at {@link #save}. */
    public void restore() {
        System.arraycopy(saved, 0, words, 0, words.length);
        System.arraycopy(savedPopulation, 0, population, 0, population.length);
        globals = savedGlobals;
        order.restore();
        search.restore();
        large = 0;
        for (int size = 1; size < population.length; size++) {
            large += population[size];
        }
    }

    /** Copies keys and values by set, the entries of each in the order of their use. */
    public void copyByAge(long[] into, int from) {
        int at = from;
        for (int set = 0; set < sets; set++) {
            long byAge = order.order(set);
            for (int age = 0; age < ways; age++) {
                int entry = entry(set, (int) (byAge >>> 4 * age) & 15);
                into[at++] = words[entry];
                into[at++] = words[entry + 1];
            }
        }
    }

    /** Sets the entry of a set that is of this age; whoever calls it does so for all ages of the set. */
    public void setAged(int set, int age, long key, long value) {
        order.setAge(set, age, key == TlbKeys.INVALID);
        set(entry(set, age), key, value);
    }

    // Uses.

    /** The times of its entries' last uses; null where it keeps their order otherwise. */
    @Nullable EntryTimes times() {
        return order.isOfTimes() ? new EntryTimes(order, sets, ways, strideShift) : null;
    }

    /** Where among {@link Uses} the time of the entry's last use is. */
    int useOf(int entry) {
        return order.useOf(set(entry), way(entry));
    }

    /** Whether each use of an entry that is not its set's latest changes more than the time of its use. */
    boolean needsLatest() {
        return order.needsLatest();
    }

    /** Whether each use of an entry must be told by {@link #touch}. */
    boolean countsUses() {
        return order.countsUses();
    }

    /** Notes a use of the entry. */
    public void touch(int entry) {
        order.touch(set(entry), way(entry));
    }

    /** The entry of this one's set that was the latest before, or {@link #NONE}; from now on it is this one. */
    int makeLatest(int entry) {
        int before = order.makeLatest(set(entry), way(entry));
        return before == UseOrder.NONE ? NONE : entry(set(entry), before);
    }

    /** The largest size that the array holds, not above {@code pageShift}; its index, or {@link #NONE}. */
    int sizeFor(int pageShift) {
        return keys.sizeFor(pageShift);
    }

    public int shiftOf(int size) {
        return keys.shiftOf(size);
    }

    // Changing.

    /** Takes the place of an entry of the address, an empty one of its set, else its policy's choice, and notes its use. */
    int take(long address, int size) {
        int set = setOf(address >>> keys.shiftOf(size));
        return entry(set, order.take(set));
    }

    /**
     * Writes an entry; the place's old one is gone.
     *
     * @param output any host-physical address within the page's frame
     */
    void write(int entry, long address, int size, int tag, boolean global, long output, int allowed) {
        set(
                entry,
                keys.pageKey(address, size) | TlbKeys.narrow(tag),
                keys.value(output, size, tag, global, allowed));
    }

    private void set(int entry, long key, long value) {
        long[] all = words;
        search.change(set(entry), way(entry), all[entry], key);
        // Whether either is large, or invalid; and whether one is global.
        if (((all[entry] | key) & TlbKeys.LARGE | (all[entry + 1] ^ value) & TlbKeys.GLOBAL) != 0) {
            count(entry, -1);
            all[entry] = key;
            all[entry + 1] = value;
            count(entry, 1);
        } else {
            all[entry] = key;
            all[entry + 1] = value;
        }
    }

    private void count(int entry, int change) {
        if (isValid(entry)) {
            int size = keys.sizeOf(words[entry]);
            population[size] += change;
            large += size == 0 ? 0 : change;
            globals += isGlobal(entry) ? change : 0;
        }
    }

    /** Removes an entry, whose place is then the first of its set to be taken. */
    void remove(int entry) {
        if (isValid(entry)) {
            count(entry, -1);
            search.change(set(entry), way(entry), words[entry], TlbKeys.INVALID);
            words[entry] = TlbKeys.INVALID;
            words[entry + 1] = 0;
            order.free(set(entry), way(entry));
        }
    }

    // An entry's place, by its set and way, and back.

    /** The entry, valid or not, at the {@code place}-th place of all. */
    int entryAt(int place) {
        return entry(place / ways, place % ways);
    }

    int entry(int set, int way) {
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

    private int setOf(long number) {
        return setMask >= 0 ? (int) number & setMask : (int) Long.remainderUnsigned(number, sets);
    }

    /** The first entry of the set in which a page of this size around the address lies. */
    int firstOf(long address, int size) {
        return entry(setOf(address >>> keys.shiftOf(size)), 0);
    }

    // What it is like, and what an entry is.

    /** Entries are numbered below this. */
    public int places() {
        return words.length;
    }

    int entries() {
        return sets * ways;
    }

    public int ways() {
        return ways;
    }

    public int sets() {
        return sets;
    }

    /** Bit s is set when the array holds pages of 2^s bytes. */
    long sizes() {
        return keys.allSizes();
    }

    int sizeCount() {
        return population.length;
    }

    /** How many entries there are of a size. */
    int population(int size) {
        return population[size];
    }

    boolean isEmpty() {
        return large == 0 && population[0] == 0;
    }

    boolean isValid(int entry) {
        return words[entry] != TlbKeys.INVALID;
    }

    boolean isGlobal(int entry) {
        return TlbKeys.isGlobal(value(entry));
    }

    /** The tag of the entry's space, or for a global one of its VM. */
    int tag(int entry) {
        return TlbKeys.tag(words[entry], words[entry + 1]);
    }

    /** First address of the entry's page. */
    long page(int entry) {
        return keys.page(words[entry]);
    }

    int pageShift(int entry) {
        return keys.shiftOf(keys.sizeOf(words[entry]));
    }

    /** What the entry allows, as {@link Rights}. */
    int allowed(int entry) {
        return (int) words[entry + 1] & Rights.ALL;
    }

    /** Where the entry leads the address. */
    long output(int entry, long address) {
        return TlbKeys.frame(words[entry + 1]) | address & (1L << pageShift(entry)) - 1;
    }
}
