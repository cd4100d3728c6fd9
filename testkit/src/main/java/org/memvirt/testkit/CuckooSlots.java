package org.memvirt.testkit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.memvirt.api.table.TableMemory;

/**
 * The slots of a {@link CuckooFormat} table in some memory. An entry is written so that after each single store every other
 * one is still found: its second word first; and one that moves is copied before its old slot becomes free.
 */
final class CuckooSlots {
    /** Slots that are looked at for a way to make room for one entry. */
    private static final int MOST_TRIED = 256;

    private final CuckooFormat format;
    private final TableMemory memory;
    private final long root;

    CuckooSlots(CuckooFormat format, TableMemory memory, long root) {
        this.format = format;
        this.memory = memory;
        this.root = root;
    }

    /** The slot that holds the page of that size around the address, or 0. */
    long find(int size, long input) {
        for (int way = 0; way < format.ways(); way++) {
            long slot = format.slot(root, size, way, input);
            if (memory.load(slot) == format.key(size, input)) {
                return slot;
            }
        }
        return 0;
    }

    /** A slot on the way to a free one: the entry in it can move here from the slot of the step {@code before}. */
    private record Step(long slot, int before) {}

    /** Puts an entry into a slot, and moves others if need be; false if there is no room that is found soon. */
    boolean insert(int size, long input, long leaf) {
        List<Step> steps = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        addSlots(steps, seen, size, input, -1);
        for (int at = 0; at < steps.size() && at < MOST_TRIED; at++) {
            Step step = steps.get(at);
            long key = memory.load(step.slot());
            if ((key & CuckooFormat.PRESENT) == 0) {
                while (step.before() >= 0) {
                    Step before = steps.get(step.before());
                    move(before.slot(), step.slot());
                    step = before;
                }
                memory.store(step.slot() + Long.BYTES, leaf);
                memory.store(step.slot(), format.key(size, input));
                return true;
            }
            addSlots(steps, seen, size, key & ~CuckooFormat.PRESENT, at);
        }
        return false;
    }

    private void addSlots(List<Step> steps, Set<Long> seen, int size, long input, int before) {
        for (int way = 0; way < format.ways(); way++) {
            long slot = format.slot(root, size, way, input);
            if (seen.add(slot)) {
                steps.add(new Step(slot, before));
            }
        }
    }

    private void move(long from, long to) {
        long leaf = memory.load(from + Long.BYTES);
        memory.store(to + Long.BYTES, leaf);
        memory.store(to, memory.load(from));
        memory.store(from, 0);
        // Until then hardware may have marked either of the two.
        long marked = memory.load(from + Long.BYTES) & (CuckooFormat.ACCESSED | CuckooFormat.DIRTY);
        long copied = memory.load(to + Long.BYTES);
        if ((copied | marked) != copied) {
            memory.store(to + Long.BYTES, copied | marked);
        }
    }

    /** Visits the first and second word of each entry of that size. */
    void forEach(int size, BiConsumer<Long, Long> visitor) {
        int bits = CuckooFormat.indexBits(root);
        long from = CuckooFormat.base(root)
                + ((long) size * format.ways() << bits) * CuckooFormat.ENTRY_BYTES;
        for (long slot = 0; slot < (long) format.ways() << bits; slot++) {
            long at = from + slot * CuckooFormat.ENTRY_BYTES;
            long key = memory.load(at);
            if ((key & CuckooFormat.PRESENT) != 0) {
                visitor.accept(key, memory.load(at + Long.BYTES));
            }
        }
    }
}
