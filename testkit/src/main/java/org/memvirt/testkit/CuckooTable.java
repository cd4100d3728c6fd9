package org.memvirt.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableFrames.OutOfMemory;
import org.memvirt.api.table.TableMemory;

/** Software's hands on a table of {@link CuckooFormat}. */
final class CuckooTable implements PageTable {
    private static final int FIRST_BITS = 3;

    private final CuckooFormat format;
    private final TableMemory memory;
    private final TableFrames frames;
    private long root;
    private CuckooSlots slots;
    private boolean owned;

    CuckooTable(CuckooFormat format, TableMemory memory, TableFrames frames, long root, boolean owned) {
        this.format = format;
        this.memory = memory;
        this.frames = frames;
        this.root = root;
        this.owned = owned;
        slots = new CuckooSlots(format, memory, root);
    }

    static CuckooTable create(CuckooFormat format, TableMemory memory, TableFrames frames) {
        long table = frames.allocate(format.bytes(FIRST_BITS));
        return new CuckooTable(format, memory, frames, table | FIRST_BITS, true);
    }

    @Override
    public long root() {
        return root;
    }

    @Override
    public Invalidation map(long inputAddress, long outputAddress, int pageShift, int rights, int attributes) {
        int size = sizeOf(pageShift);
        long mask = (1L << pageShift) - 1;
        if (((inputAddress | outputAddress) & mask) != 0
                || !format.inRange(inputAddress)
                || outputAddress >>> format.outputBits() != 0) {
            throw new IllegalArgumentException("%s cannot map 2^%d bytes at %#x to %#x"
                    .formatted(format.name(), pageShift, inputAddress, outputAddress));
        }
        if (!isFree(inputAddress, pageShift)) {
            throw new MappingConflict(
                    "of 2^%d bytes at %#x some are mapped already".formatted(pageShift, inputAddress));
        }
        long global = (attributes & GLOBAL) == 0 ? 0 : CuckooFormat.GLOBAL;
        boolean grown = insert(size, inputAddress, outputAddress | rights | flags(attributes) | global);
        return grown ? everything() : Invalidation.NOTHING;
    }

    private int sizeOf(int pageShift) {
        int size = format.pageShifts().indexOf(pageShift);
        if (size < 0) {
            throw new IllegalArgumentException("%s has no pages of 2^%d bytes".formatted(format.name(), pageShift));
        }
        return size;
    }

    private static long flags(int attributes) {
        return ((attributes & ACCESSED) == 0 ? 0 : CuckooFormat.ACCESSED)
                | ((attributes & DIRTY) == 0 ? 0 : CuckooFormat.DIRTY);
    }

    /** What is stale when the table has moved. */
    private Invalidation everything() {
        return Invalidation.tables(0, 1L << format.inputBits());
    }

    /** Whether nothing is mapped in the page. */
    private boolean isFree(long page, int pageShift) {
        if (find(page) != null) {
            return false;
        }
        boolean[] taken = new boolean[1];
        for (int size = 0; size < format.sizes() && format.shift(size) < pageShift; size++) {
            int shift = format.shift(size);
            // Whichever is less: to look for each of the pages, or at each entry.
            if (pageShift - shift < CuckooFormat.indexBits(root)) {
                for (long at = page; at < page + (1L << pageShift); at += 1L << shift) {
                    taken[0] |= slots.find(size, at) != 0;
                }
            } else {
                slots.forEach(size, (key, leaf) -> taken[0] |= (key & -1L << pageShift) == page);
            }
        }
        return !taken[0];
    }

    /** Returns whether the table has grown by that. */
    private boolean insert(int size, long input, long leaf) {
        boolean grown = false;
        while (!slots.insert(size, input, leaf)) {
            grow();
            grown = true;
        }
        return grown;
    }

    /** A table in the making, which lies where its address says only once it is copied there. */
    private static final class Draft implements TableMemory {
        final long[] words;

        Draft(long slots) {
            words = new long[Math.toIntExact(slots * CuckooFormat.ENTRY_BYTES / Long.BYTES)];
        }

        @Override
        public long load(long address) {
            return words[(int) (address >>> 3)];
        }

        @Override
        public void store(long address, long value) {
            words[(int) (address >>> 3)] = value;
        }
    }

    /** Builds the smallest larger table in which all entries find a slot, and releases the old one. */
    private void grow() {
        int bits = CuckooFormat.indexBits(root) + 1;
        Draft draft = draft(bits);
        while (draft == null) {
            bits++;
            draft = draft(bits);
        }
        long table = frames.allocate(format.bytes(bits));
        for (int word = 0; word < draft.words.length; word++) {
            if (draft.words[word] != 0) {
                memory.store(table + (long) word * Long.BYTES, draft.words[word]);
            }
        }
        release();
        root = table | bits;
        slots = new CuckooSlots(format, memory, root);
        owned = true;
    }

    private @Nullable Draft draft(int bits) {
        Draft draft = new Draft(format.slots(bits));
        CuckooSlots into = new CuckooSlots(format, draft, bits);
        boolean[] full = new boolean[1];
        for (int size = 0; size < format.sizes(); size++) {
            int of = size;
            slots.forEach(size, (key, leaf) -> full[0] |= !into.insert(of, key & ~CuckooFormat.PRESENT, leaf));
        }
        return full[0] ? null : draft;
    }

    /** An entry that was found. */
    private record Place(int size, long slot) {}

    private @Nullable Place place(long input) {
        for (int size = 0; format.inRange(input) && size < format.sizes(); size++) {
            long slot = slots.find(size, input);
            if (slot != 0) {
                return new Place(size, slot);
            }
        }
        return null;
    }

    private Invalidation pageAt(long input, int size) {
        return Invalidation.page(input & -1L << format.shift(size), format.shift(size));
    }

    @Override
    public Invalidation unmap(long inputAddress) {
        Place place = place(inputAddress);
        if (place == null) {
            return Invalidation.NOTHING;
        }
        memory.store(place.slot, 0);
        return pageAt(inputAddress, place.size);
    }

    @Override
    public Invalidation protect(long inputAddress, int rights) {
        Place place = place(inputAddress);
        if (place == null) {
            return Invalidation.NOTHING;
        }
        long leaf = memory.load(place.slot + Long.BYTES);
        memory.store(place.slot + Long.BYTES, leaf & ~CuckooFormat.rights(leaf) | rights);
        return pageAt(inputAddress, place.size);
    }

    @Override
    public Invalidation mark(long inputAddress, int set, int clear) {
        if (((set | clear) & ~(ACCESSED | DIRTY)) != 0 || (set & clear) != 0) {
            throw new IllegalArgumentException(
                    "accessed and dirty bits are set or cleared, not %#x and %#x".formatted(set, clear));
        }
        Place place = place(inputAddress);
        long before = place == null ? 0 : memory.load(place.slot + Long.BYTES);
        long after = before & ~flags(clear) | flags(set);
        if (place == null || after == before) {
            return Invalidation.NOTHING;
        }
        memory.store(place.slot + Long.BYTES, after);
        // No cache holds a page whose accessed bit is clear.
        return after == (before | CuckooFormat.ACCESSED)
                ? Invalidation.NOTHING
                : pageAt(inputAddress, place.size);
    }

    /** The parts are there before the page goes, and mean the same meanwhile. */
    @Override
    public Invalidation split(long inputAddress, int pageShift) {
        int size = sizeOf(pageShift);
        Place place = place(inputAddress);
        if (place == null || place.size <= size) {
            return Invalidation.NOTHING;
        }
        long page = inputAddress & -1L << format.shift(place.size);
        long bytes = 1L << format.shift(place.size);
        long leaf = memory.load(place.slot + Long.BYTES);
        boolean grown = false;
        long at = 0;
        try {
            while (at < bytes) {
                grown |= insert(size, page + at, leaf + at);
                at += 1L << pageShift;
            }
        } catch (OutOfMemory tooLarge) {
            for (long undone = 0; undone < at; undone += 1L << pageShift) {
                memory.store(slots.find(size, page + undone), 0);
            }
            throw tooLarge;
        }
        memory.store(slots.find(place.size, page), 0);
        return grown ? everything() : Invalidation.page(page, format.shift(place.size));
    }

    @Override
    public @Nullable Mapping find(long inputAddress) {
        Place place = place(inputAddress);
        return place == null
                ? null
                : mapping(place.size, memory.load(place.slot), memory.load(place.slot + Long.BYTES));
    }

    private Mapping mapping(int size, long key, long leaf) {
        return new Mapping(
                key & ~CuckooFormat.PRESENT,
                CuckooFormat.frame(leaf),
                format.shift(size),
                CuckooFormat.rights(leaf),
                (leaf & CuckooFormat.GLOBAL) != 0,
                (leaf & CuckooFormat.ACCESSED) != 0,
                (leaf & CuckooFormat.DIRTY) != 0);
    }

    @Override
    public int largestFree(long inputAddress, List<Integer> pageShifts) {
        int largest = -1;
        for (int shift : pageShifts) {
            if (!isFree(inputAddress & -1L << shift, shift)) {
                return largest;
            }
            largest = shift;
        }
        return largest;
    }

    @Override
    public void forEach(Consumer<Mapping> visitor) {
        List<Mapping> all = new ArrayList<>();
        for (int size = 0; size < format.sizes(); size++) {
            int of = size;
            slots.forEach(size, (key, leaf) -> all.add(mapping(of, key, leaf)));
        }
        all.sort(Comparator.comparingLong(Mapping::inputAddress));
        all.forEach(visitor);
    }

    @Override
    public long bytes() {
        return owned ? format.bytes(CuckooFormat.indexBits(root)) : 0;
    }

    @Override
    public void release() {
        if (owned) {
            frames.release(CuckooFormat.base(root), bytes());
            owned = false;
        }
    }
}
