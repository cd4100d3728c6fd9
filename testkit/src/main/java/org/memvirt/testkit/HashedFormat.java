package org.memvirt.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * A hashed format of no processor, for tests of whatever takes a format: pages of one size, in one table with linear probing.
 * A walk probes up to four neighbouring slots, one after another. Where a page finds no free one, the table grows: it is
 * rebuilt at another place, so that its root moves.
 *
 * <p>The root is the table's address with the number of its index bits in the lowest six. An entry has, from bit 0 on: present,
 * the six rights, accessed (bit 8), dirty, global; the frame up to bit 39; the page's number from bit 40 on.
 */
public final class HashedFormat implements PageTableFormat {
    private static final int PROBES = 4;
    private static final int FIRST_BITS = 6;
    private static final long BITS = 63;
    private static final int NUMBER_SHIFT = 40;
    private static final long PRESENT = 1;
    private static final long RIGHTS = Rights.ALL << 1;
    private static final long ACCESSED = 1 << 8;
    private static final long DIRTY = 1 << 9;
    private static final long GLOBAL = 1 << 10;

    private final int pageShift;
    private final long frame;

    /** @param pageShift offset bits of its pages, from 12 on */
    public HashedFormat(int pageShift) {
        this.pageShift = pageShift;
        frame = (1L << NUMBER_SHIFT) - (1L << pageShift);
    }

    @Override
    public String name() {
        return "hashed-" + pageShift;
    }

    @Override
    public String description() {
        return "for tests";
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_1, Stage.STAGE_2);
    }

    @Override
    public int levels() {
        return 1;
    }

    @Override
    public int mostReferences() {
        return PROBES;
    }

    @Override
    public int inputBits() {
        return pageShift + Long.SIZE - NUMBER_SHIFT;
    }

    @Override
    public int outputBits() {
        return NUMBER_SHIFT;
    }

    @Override
    public List<Integer> pageShifts() {
        return List.of(pageShift);
    }

    @Override
    public boolean inRange(long inputAddress) {
        return inputAddress >>> inputBits() == 0;
    }

    /** The address of the slot that a page probes as its {@code probe}th. */
    private static long slot(long root, long number, int probe) {
        int bits = (int) (root & BITS);
        long home = number * 0x9E3779B97F4A7C15L >>> Long.SIZE - bits;
        return (root & ~BITS) + ((home + probe & (1L << bits) - 1) << 3);
    }

    private static boolean isOf(long entry, long number) {
        return (entry & PRESENT) != 0 && entry >>> NUMBER_SHIFT == number;
    }

    @Override
    public void walk(Walk walk, WalkPort port) {
        if (!inRange(walk.inputAddress)) {
            walk.fail(Fault.ADDRESS_SIZE, 1, 0);
            return;
        }
        long number = walk.inputAddress >>> pageShift;
        for (int probe = 0; probe < PROBES; probe++) {
            long address = slot(walk.root, number, probe);
            long entry = port.readEntry(walk, 1, address);
            if (!walk.succeeded()) {
                return;
            }
            if (isOf(entry, number)) {
                finish(walk, port, address, entry);
                return;
            }
        }
        walk.fail(Fault.NOT_PRESENT, 1, 0);
    }

    private void finish(Walk walk, WalkPort port, long address, long entry) {
        int allowed = (int) (entry & RIGHTS) >>> 1;
        if (!Rights.permit(allowed, walk.access)) {
            walk.fail(Fault.PERMISSION, 1, 0);
            return;
        }
        long used = entry | ACCESSED | ((walk.access & Rights.WRITE) == 0 ? 0 : DIRTY);
        if (used != entry && !port.updateEntry(walk, 1, address, walk.hostAddress, entry, used)) {
            if (walk.succeeded()) {
                walk.restart();
                walk(walk, port);
            }
            return;
        }
        walk.outputAddress = entry & frame | walk.inputAddress & (1L << pageShift) - 1;
        walk.pageShift = pageShift;
        walk.stage1Shift = pageShift;
        walk.allowed = (used & DIRTY) == 0 ? allowed & ~Rights.WRITE : allowed;
        walk.global = (entry & GLOBAL) != 0;
        walk.faultDetail = 0;
        port.resolveLeaf(walk);
    }

    @Override
    public PageTable create(TableMemory memory, TableFrames frames) {
        long table = frames.allocate(Long.BYTES << FIRST_BITS);
        return new Table(memory, frames, table | FIRST_BITS, true);
    }

    @Override
    public PageTable open(TableMemory memory, TableFrames frames, long root) {
        return new Table(memory, frames, root, false);
    }

    private final class Table implements PageTable {
        private final TableMemory memory;
        private final TableFrames frames;
        private long root;
        private boolean owned;

        Table(TableMemory memory, TableFrames frames, long root, boolean owned) {
            this.memory = memory;
            this.frames = frames;
            this.root = root;
            this.owned = owned;
        }

        @Override
        public long root() {
            return root;
        }

        @Override
        public Invalidation map(long inputAddress, long outputAddress, int shift, int rights, int attributes) {
            check(inputAddress, outputAddress, shift);
            long number = inputAddress >>> pageShift;
            if (place(number) != 0) {
                throw new MappingConflict("%#x is mapped already".formatted(inputAddress));
            }
            long entry = number << NUMBER_SHIFT
                    | outputAddress
                    | (long) rights << 1
                    | PRESENT
                    | ((attributes & PageTable.GLOBAL) == 0 ? 0 : HashedFormat.GLOBAL)
                    | ((attributes & PageTable.ACCESSED) == 0 ? 0 : HashedFormat.ACCESSED)
                    | ((attributes & PageTable.DIRTY) == 0 ? 0 : HashedFormat.DIRTY);
            for (int probe = 0; probe < PROBES; probe++) {
                long address = slot(root, number, probe);
                if ((memory.load(address) & PRESENT) == 0) {
                    memory.store(address, entry);
                    return Invalidation.NOTHING;
                }
            }
            grow(entry);
            return Invalidation.tables(0, 1L << inputBits());
        }

        private void check(long inputAddress, long outputAddress, int shift) {
            long mask = (1L << pageShift) - 1;
            if (shift != pageShift
                    || ((inputAddress | outputAddress) & mask) != 0
                    || !inRange(inputAddress)
                    || outputAddress >>> outputBits() != 0) {
                throw new IllegalArgumentException("%s cannot map 2^%d bytes at %#x to %#x"
                        .formatted(name(), shift, inputAddress, outputAddress));
            }
        }

        /** Builds the smallest larger table in which all pages and one more find a slot, and releases the old one. */
        private void grow(long another) {
            List<Long> entries = entries();
            entries.add(another);
            int bits = (int) (root & BITS) + 1;
            long[] slots = slots(entries, bits);
            while (slots.length == 0) {
                bits++;
                slots = slots(entries, bits);
            }
            long table = frames.allocate((long) Long.BYTES << bits);
            for (int at = 0; at < slots.length; at++) {
                if (slots[at] != 0) {
                    memory.store(table + (long) at * Long.BYTES, slots[at]);
                }
            }
            release();
            root = table | bits;
            owned = true;
        }

        /** What a table of 2^bits slots holds when it has these entries; empty if one of them finds no slot. */
        private static long[] slots(List<Long> entries, int bits) {
            long[] slots = new long[1 << bits];
            for (long entry : entries) {
                int probe = 0;
                while (slots[(int) (slot(bits, entry >>> NUMBER_SHIFT, probe) >>> 3)] != 0) {
                    probe++;
                    if (probe == PROBES) {
                        return new long[0];
                    }
                }
                slots[(int) (slot(bits, entry >>> NUMBER_SHIFT, probe) >>> 3)] = entry;
            }
            return slots;
        }

        private List<Long> entries() {
            List<Long> entries = new ArrayList<>();
            long end = (root & ~BITS) + bytesOfTable();
            for (long at = root & ~BITS; at < end; at += Long.BYTES) {
                long entry = memory.load(at);
                if ((entry & PRESENT) != 0) {
                    entries.add(entry);
                }
            }
            return entries;
        }

        /** The address of the page's entry, or 0. */
        private long place(long number) {
            for (int probe = 0; probe < PROBES; probe++) {
                long address = slot(root, number, probe);
                if (isOf(memory.load(address), number)) {
                    return address;
                }
            }
            return 0;
        }

        @Override
        public Invalidation unmap(long inputAddress) {
            return change(inputAddress, 0, 0);
        }

        @Override
        public Invalidation protect(long inputAddress, int rights) {
            return change(inputAddress, ~RIGHTS, (long) rights << 1);
        }

        @Override
        public Invalidation mark(long inputAddress, int set, int clear) {
            int known = PageTable.ACCESSED | PageTable.DIRTY;
            if (((set | clear) & ~known) != 0 || (set & clear) != 0) {
                throw new IllegalArgumentException(
                        "accessed and dirty bits are set or cleared, not %#x and %#x".formatted(set, clear));
            }
            long address = inRange(inputAddress) ? place(inputAddress >>> pageShift) : 0;
            long before = address == 0 ? 0 : memory.load(address);
            long after = before & ~bits(clear) | bits(set);
            // No cache holds a page whose accessed bit is clear.
            if (address == 0 || after == before) {
                return Invalidation.NOTHING;
            }
            Invalidation changed = change(inputAddress, ~bits(clear), bits(set));
            return after == (before | HashedFormat.ACCESSED) ? Invalidation.NOTHING : changed;
        }

        private static long bits(int attributes) {
            return ((attributes & PageTable.ACCESSED) == 0 ? 0 : HashedFormat.ACCESSED)
                    | ((attributes & PageTable.DIRTY) == 0 ? 0 : HashedFormat.DIRTY);
        }

        /** There is one size: no page is larger than another. */
        @Override
        public Invalidation split(long inputAddress, int shift) {
            if (shift != pageShift) {
                throw new IllegalArgumentException("%s has no pages of 2^%d bytes".formatted(name(), shift));
            }
            return Invalidation.NOTHING;
        }

        private Invalidation change(long inputAddress, long kept, long added) {
            long address = inRange(inputAddress) ? place(inputAddress >>> pageShift) : 0;
            if (address == 0) {
                return Invalidation.NOTHING;
            }
            memory.store(address, memory.load(address) & kept | added);
            return Invalidation.page(inputAddress & -1L << pageShift, pageShift);
        }

        @Override
        public @Nullable Mapping find(long inputAddress) {
            long address = inRange(inputAddress) ? place(inputAddress >>> pageShift) : 0;
            return address == 0 ? null : mapping(memory.load(address));
        }

        private Mapping mapping(long entry) {
            return new Mapping(
                    entry >>> NUMBER_SHIFT << pageShift,
                    entry & frame,
                    pageShift,
                    (int) (entry & RIGHTS) >>> 1,
                    (entry & HashedFormat.GLOBAL) != 0,
                    (entry & HashedFormat.ACCESSED) != 0,
                    (entry & HashedFormat.DIRTY) != 0);
        }

        @Override
        public void forEach(Consumer<Mapping> visitor) {
            entries().stream()
                    .map(this::mapping)
                    .sorted(Comparator.comparingLong(Mapping::inputAddress))
                    .forEach(visitor);
        }

        @Override
        public long bytes() {
            return owned ? bytesOfTable() : 0;
        }

        private long bytesOfTable() {
            return (long) Long.BYTES << (root & BITS);
        }

        @Override
        public void release() {
            if (owned) {
                frames.release(root & ~BITS, bytesOfTable());
                owned = false;
            }
        }
    }
}
