package org.memvirt.testkit;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * A cuckoo-hashed format of no processor, for tests of whatever takes a format: for each page size a table of several ways,
 * and a walk probes one slot of every way of every size, all side by side (Skarlatos et al., "Elastic Cuckoo Page Tables",
 * ASPLOS 2020, without their gradual growth). The table grows as a whole, at another place, so that its root moves.
 *
 * <p>The root is the table's address with the number of index bits of each way in the lowest six. An entry has two words. The
 * first is the page's input address with bit 0 set, or anything with bit 0 clear for a free slot. The second has the six
 * rights from bit 0 on, accessed (bit 6), dirty, global, and the page's output address.
 */
public final class CuckooFormat implements PageTableFormat {
    static final int ENTRY_BYTES = 16;
    static final long PRESENT = 1;
    static final long ACCESSED = 1 << 6;
    static final long DIRTY = 1 << 7;
    static final long GLOBAL = 1 << 8;

    private static final int ADDRESS_BITS = 48;
    private static final long FRAME = (1L << ADDRESS_BITS) - (1L << 12);
    private static final long INDEX_BITS = 63;

    private final int[] shifts;
    private final int ways;

    /**
     * @param pageShifts offset bits of its page sizes, ascending, from 12 on
     * @param ways of the table of each size
     */
    public CuckooFormat(List<Integer> pageShifts, int ways) {
        shifts = pageShifts.stream().mapToInt(Integer::intValue).toArray();
        this.ways = ways;
    }

    @Override
    public String name() {
        return "cuckoo-%dx%d".formatted(shifts.length, ways);
    }

    @Override
    public String description() {
        return "for tests";
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_1, Stage.STAGE_2);
    }

    /** All probes are of one step, so they share a level. */
    @Override
    public int levels() {
        return 1;
    }

    @Override
    public int mostReferences() {
        return shifts.length * ways;
    }

    @Override
    public int inputBits() {
        return ADDRESS_BITS;
    }

    @Override
    public int outputBits() {
        return ADDRESS_BITS;
    }

    @Override
    public List<Integer> pageShifts() {
        return Arrays.stream(shifts).boxed().toList();
    }

    @Override
    public boolean inRange(long inputAddress) {
        return inputAddress >>> ADDRESS_BITS == 0;
    }

    @Override
    public void walk(Walk walk, WalkPort port) {
        long input = walk.inputAddress;
        if (!inRange(input)) {
            walk.fail(Fault.ADDRESS_SIZE, 1, 0);
            return;
        }
        int before = walk.trail.depth();
        int deepest = before;
        int found = -1;
        long address = 0;
        long host = 0;
        long leaf = 0;
        for (int probe = 0; probe < shifts.length * ways; probe++) {
            int size = probe / ways;
            walk.trail.setDepth(before);
            long slot = slot(walk.root, size, probe % ways, input);
            long key = port.readWideEntry(walk, 1, slot, Walk.NOWHERE, ENTRY_BYTES / Long.BYTES);
            deepest = Math.max(deepest, walk.trail.depth());
            walk.trail.setDepth(deepest);
            if (!walk.succeeded()) {
                return;
            }
            if (found < 0 && key == key(size, input)) {
                found = size;
                address = slot + Long.BYTES;
                host = walk.hostAddress + Long.BYTES;
                leaf = walk.words[1];
            }
        }
        if (found < 0) {
            walk.fail(Fault.NOT_PRESENT, 1, 0);
        } else {
            finish(walk, port, shifts[found], address, host, leaf);
        }
    }

    private void finish(Walk walk, WalkPort port, int shift, long address, long host, long leaf) {
        int allowed = rights(leaf);
        if (!Rights.permit(allowed, walk.access)) {
            walk.fail(Fault.PERMISSION, 1, 0);
            return;
        }
        long used = leaf | ACCESSED | ((walk.access & Rights.WRITE) == 0 ? 0 : DIRTY);
        if (used != leaf && !port.updateEntry(walk, 1, address, host, leaf, used)) {
            if (walk.succeeded()) {
                walk.restart();
                walk(walk, port);
            }
            return;
        }
        walk.outputAddress = frame(leaf) | walk.inputAddress & (1L << shift) - 1;
        walk.pageShift = shift;
        walk.stage1Shift = shift;
        walk.allowed = (used & DIRTY) == 0 ? allowed & ~Rights.WRITE : allowed;
        walk.global = (leaf & GLOBAL) != 0;
        walk.faultDetail = 0;
        port.resolveLeaf(walk);
    }

    @Override
    public PageTable create(TableMemory memory, TableFrames frames) {
        return CuckooTable.create(this, memory, frames);
    }

    @Override
    public PageTable open(TableMemory memory, TableFrames frames, long root) {
        return new CuckooTable(this, memory, frames, root, false);
    }

    // The layout.

    int sizes() {
        return shifts.length;
    }

    int ways() {
        return ways;
    }

    int shift(int size) {
        return shifts[size];
    }

    static int indexBits(long root) {
        return (int) (root & INDEX_BITS);
    }

    static long base(long root) {
        return root & ~INDEX_BITS;
    }

    /** Bytes of a table whose ways have 2^bits slots each; a power of two, because that is how memory is handed out. */
    long bytes(int bits) {
        return Long.highestOneBit(2 * slots(bits) * ENTRY_BYTES - 1);
    }

    /** Slots of such a table. */
    long slots(int bits) {
        return (long) shifts.length * ways << bits;
    }

    /** The address of the slot where the page of that size around the address may lie in a way. */
    long slot(long root, int size, int way, long input) {
        int bits = indexBits(root);
        long number = input >>> shifts[size];
        long mixed = (number ^ number >>> 17) * (0x9E37_79B9_7F4A_7C15L + (long) way * 0x2545_F491_4F6C_DD1EL);
        long index = (mixed ^ mixed >>> 29) * 0xBF58_476D_1CE4_E5B9L >>> Long.SIZE - bits;
        return base(root) + (((long) (size * ways + way) << bits) + index) * ENTRY_BYTES;
    }

    /** The first word of the entry of the page of that size around the address. */
    long key(int size, long input) {
        return input & -1L << shifts[size] | PRESENT;
    }

    static int rights(long leaf) {
        return (int) leaf & Rights.ALL;
    }

    static long frame(long leaf) {
        return leaf & FRAME;
    }
}
