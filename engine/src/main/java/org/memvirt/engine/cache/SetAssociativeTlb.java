package org.memvirt.engine.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.mmu.Tlb;
import org.memvirt.api.mmu.TlbPreset;
import org.memvirt.api.mmu.Walk;

/**
 * The TLBs of one vCPU as a preset describes them: set-associative, split or unified, in any number of levels. A hit at a
 * level fills the levels before it; levels neither include nor exclude each other.
 *
 * <p>Most accesses of real programs go to the page that was used last in its set, and change nothing. Those are answered
 * from a small table of addresses, the <i>front</i>: a row holds a page that is known to be the last one used in its
 * level-1 set, in the current space, with the rights that it lacks in its low bits.
 */
public final class SetAssociativeTlb implements Tlb {
    private static final int ROWS = 16;
    private static final int CODE_ROWS = ROWS;
    private static final long PAGE = -4096;

    /** A row that no access matches: every right is lacking. */
    private static final long NO_ROW = Rights.ALL;

    private final long[] front = new long[2 * ROWS];
    private final Group[] dataPath;
    private final Group[] codePath;
    private final List<Group> groups = new ArrayList<>();
    private int[] vmOfSpace = new int[16];
    private int vm;
    private int space;
    // Whether the look-up under way found an entry that lacks rights, which its successor must replace.
    private boolean stale;
    // Level-1 misses of the advance that is under way.
    private int dataMisses;
    private int codeMisses;

    /** @param seed of random replacement */
    public SetAssociativeTlb(TlbPreset preset, long seed) {
        List<Group> data = new ArrayList<>();
        List<Group> code = new ArrayList<>();
        for (TlbPreset.Group described : preset.groups()) {
            Group group = new Group(described, seed + groups.size());
            groups.add(group);
            if (described.data()) {
                data.add(group);
            }
            if (described.code()) {
                code.add(group);
            }
        }
        if (data.isEmpty() || code.isEmpty()) {
            throw new IllegalArgumentException("TLB preset '" + preset.name() + "' serves no "
                    + (data.isEmpty() ? "data" : "code") + " accesses");
        }
        dataPath = data.toArray(Group[]::new);
        codePath = code.toArray(Group[]::new);
        clearFront();
    }

    /** A group's arrays and counts. */
    private static final class Group {
        final TlbArray[] arrays;
        final Counts counts;

        Group(TlbPreset.Group described, long seed) {
            arrays = described.arrays().stream()
                    .map(array -> new TlbArray(array, seed))
                    .toArray(TlbArray[]::new);
            counts = new Counts(described.name());
        }
    }

    // The way of a hit.

    @Override
    public int advance(AccessBatch batch, int from, int to) {
        long[] addresses = batch.addresses;
        byte[] kinds = batch.kinds;
        dataMisses = 0;
        codeMisses = 0;
        int at = from;
        while (true) {
            at = skim(addresses, kinds, front, at, to);
            if (at == to || !look(addresses[at], kinds[at])) {
                break;
            }
            at++;
        }
        int code = codeAccesses(kinds, from, at);
        int data = at - from - code;
        boolean missed = at != to;
        boolean missedCode = missed && isCode(kinds[at]);
        codePath[0].counts.hits += code - (codeMisses - (missedCode ? 1 : 0));
        dataPath[0].counts.hits += data - (dataMisses - (missed && !missedCode ? 1 : 0));
        return at;
    }

    /** The index of the first access that the front does not answer. */
    private static int skim(long[] addresses, byte[] kinds, long[] front, int from, int to) {
        int at = from;
        for (; at < to; at++) {
            long address = addresses[at];
            int need = kinds[at];
            long row = front[(int) (address >>> 12) & ROWS - 1 | (need << 2 | need >> 1) & CODE_ROWS];
            if (((address ^ row) & PAGE | row & need) != 0) {
                break;
            }
        }
        return at;
    }

    private static int codeAccesses(byte[] kinds, int from, int to) {
        int code = 0;
        for (int i = from; i < to; i++) {
            int need = kinds[i];
            code += (need >> 2 | need >> 5) & 1;
        }
        return code;
    }

    private static boolean isCode(int need) {
        return (need & Rights.EXECUTE) != 0;
    }

    /** Looks every level up for an access that the front did not answer; false if it misses them all. */
    private boolean look(long address, int need) {
        boolean code = isCode(need);
        Group[] path = code ? codePath : dataPath;
        stale = false;
        for (int level = 0; level < path.length; level++) {
            Group group = path[level];
            for (TlbArray array : group.arrays) {
                int slot = array.find(vm, space, address);
                if (slot == TlbArray.NONE) {
                    continue;
                }
                if ((need & ~array.allowed[slot]) != 0) {
                    stale = true;
                } else {
                    if (level == 0) {
                        use(array, slot);
                        setFront(address, array.allowed[slot], code);
                    } else {
                        group.counts.hits++;
                        array.touch(slot);
                        fill(
                                path,
                                level,
                                address,
                                array.pageShift(slot),
                                array.frame[slot] | address & (1L << array.pageShift(slot)) - 1,
                                array.allowed[slot],
                                array.isGlobal(slot),
                                code);
                    }
                    return true;
                }
            }
            group.counts.misses++;
            if (level == 0) {
                if (code) {
                    codeMisses++;
                } else {
                    dataMisses++;
                }
            }
        }
        return false;
    }

    // Filling.

    @Override
    public void insert(Walk walk, int needed) {
        boolean code = isCode(needed);
        Group[] path = code ? codePath : dataPath;
        fill(
                path,
                path.length,
                walk.inputAddress,
                walk.pageShift,
                walk.outputAddress,
                walk.allowed,
                walk.global,
                code);
    }

    /** Puts a translation into the levels below {@code levels}, the last of them first. */
    private void fill(
            Group[] path,
            int levels,
            long address,
            int pageShift,
            long output,
            int allowed,
            boolean global,
            boolean code) {
        for (int level = levels - 1; level >= 0; level--) {
            TlbArray best = null;
            int bestSize = TlbArray.NONE;
            for (TlbArray array : path[level].arrays) {
                int size = array.sizeFor(pageShift);
                if (size != TlbArray.NONE && (best == null || array.shiftOf(size) > best.shiftOf(bestSize))) {
                    best = array;
                    bestSize = size;
                }
                if (stale) {
                    // What the entry replaces may lie in another array, as another size.
                    removeStale(array, address, level == 0);
                }
            }
            if (best != null) {
                place(best, bestSize, address, output, allowed, global, level == 0);
                if (level == 0) {
                    setFront(address, allowed, code);
                }
            }
        }
    }

    private void removeStale(TlbArray array, long address, boolean first) {
        int slot = array.find(vm, space, address);
        if (slot != TlbArray.NONE) {
            if (first) {
                dropFront(array, slot);
            }
            array.remove(slot);
        }
    }

    private void place(
            TlbArray array, int size, long address, long output, int allowed, boolean global, boolean first) {
        int slot = array.victim(address, size);
        if (first && array.latestBeside(slot) == slot) {
            dropFront(array, slot);
        }
        long frame = output & -1L << array.shiftOf(size);
        array.write(slot, address, size, global ? vm : space, global, frame, allowed);
        if (first) {
            use(array, slot);
        } else {
            array.touch(slot);
        }
    }

    /** Notes a use at level 1: what was used before it in its set is not the last any more. */
    private void use(TlbArray array, int slot) {
        int before = array.touch(slot);
        if (before != slot && before != TlbArray.NONE) {
            dropFront(array, before);
        }
    }

    @Override
    public void giveUp(int needed) {
        for (Group group : isCode(needed) ? codePath : dataPath) {
            group.counts.misses--;
        }
    }

    // The front.

    private void setFront(long address, int allowed, boolean code) {
        front[(int) (address >>> 12) & ROWS - 1 | (code ? CODE_ROWS : 0)] = address & PAGE | ~allowed & Rights.ALL;
    }

    /** Removes the rows that hold a part of this entry's page. */
    private void dropFront(TlbArray array, int slot) {
        if (!array.isValid(slot)) {
            return;
        }
        int shift = array.pageShift(slot);
        long page = array.page(slot);
        if (shift == 12) {
            int row = (int) (page >>> 12) & ROWS - 1;
            dropRow(row, page, shift);
            dropRow(row | CODE_ROWS, page, shift);
        } else {
            for (int row = 0; row < front.length; row++) {
                dropRow(row, page, shift);
            }
        }
    }

    private void dropRow(int row, long page, int shift) {
        if ((front[row] ^ page) >>> shift == 0) {
            front[row] = NO_ROW;
        }
    }

    private void clearFront() {
        Arrays.fill(front, NO_ROW);
    }

    // Spaces and invalidation.

    @Override
    public void select(int newVm, int newSpace) {
        vm = newVm;
        space = newSpace;
        if (space >= vmOfSpace.length) {
            vmOfSpace = Arrays.copyOf(vmOfSpace, 2 * space);
        }
        vmOfSpace[space] = vm;
        clearFront();
    }

    @Override
    public void invalidateRange(int ofVm, int ofSpace, long address, long bytes) {
        removeIf((array, slot) -> array.owner(slot) == (array.isGlobal(slot) ? ofVm : ofSpace)
                && overlaps(array, slot, address, bytes));
    }

    private static boolean overlaps(TlbArray array, int slot, long address, long bytes) {
        long page = array.page(slot);
        // Either begins within the other.
        return address - page >= 0 && address - page < 1L << array.pageShift(slot)
                || page - address >= 0 && page - address < bytes;
    }

    @Override
    public void invalidateSpace(int ofSpace) {
        removeIf((array, slot) -> !array.isGlobal(slot) && array.owner(slot) == ofSpace);
    }

    @Override
    public void invalidateVm(int ofVm) {
        removeIf((array, slot) -> (array.isGlobal(slot) ? array.owner(slot) : vmOfSpace[array.owner(slot)]) == ofVm);
    }

    @Override
    public void invalidateAll() {
        removeIf((array, slot) -> true);
    }

    private interface Chooser {
        boolean chooses(TlbArray array, int slot);
    }

    private void removeIf(Chooser chooser) {
        clearFront();
        for (Group group : groups) {
            for (TlbArray array : group.arrays) {
                for (int slot = 0; slot < array.slots(); slot++) {
                    if (array.isValid(slot) && chooser.chooses(array, slot)) {
                        array.remove(slot);
                    }
                }
            }
        }
    }

    @Override
    public boolean probe(long address, int needed, Walk answer) {
        for (Group group : isCode(needed) ? codePath : dataPath) {
            for (TlbArray array : group.arrays) {
                int slot = array.find(vm, space, address);
                if (slot != TlbArray.NONE && (needed & ~array.allowed[slot]) == 0) {
                    int shift = array.pageShift(slot);
                    answer.inputAddress = address;
                    answer.outputAddress = array.frame[slot] | address & (1L << shift) - 1;
                    answer.pageShift = shift;
                    answer.allowed = array.allowed[slot];
                    answer.global = array.isGlobal(slot);
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public List<Counts> counts() {
        return groups.stream().map(group -> group.counts).toList();
    }
}
