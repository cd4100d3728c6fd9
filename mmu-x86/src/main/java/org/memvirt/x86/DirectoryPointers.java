package org.memvirt.x86;

import org.memvirt.api.access.Rights;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;

/**
 * The four directory pointers of PAE paging in registers of the processor, as Intel's keep them: SDM, "PDPTE Registers".
 * They answer in place of memory; all other references go to the port below.
 */
final class DirectoryPointers implements WalkPort {
    private static final int LEVEL = 3;
    private static final int COUNT = 4;

    private final WalkPort below;
    private final long[] pointers = new long[COUNT];

    private DirectoryPointers(WalkPort below) {
        this.below = below;
    }

    /**
     * Reads the pointers as MOV to CR3 does: a read by the supervisor, not a reference of a walk, to a second stage.
     * {@code walk} holds the fault if that fails.
     */
    static DirectoryPointers load(long cr3, Walk walk, WalkPort below) {
        long table = cr3 & PagingMode.PAE.rootMask();
        walk.start(cr3, table, Rights.SUPERVISOR_READ);
        DirectoryPointers loaded = new DirectoryPointers(below);
        walk.outputAddress = table;
        below.resolveLeaf(walk);
        for (int i = 0; walk.succeeded() && i < COUNT; i++) {
            loaded.pointers[i] = below.readLocated(walk, LEVEL, walk.outputAddress + (long) i * Long.BYTES);
        }
        return loaded;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        return level == LEVEL
                ? pointers[(int) (address >>> 3) & COUNT - 1]
                : below.readEntry(walk, level, address);
    }

    @Override
    public long readLocated(Walk walk, int level, long hostAddress) {
        return below.readLocated(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return below.updateEntry(walk, level, address, hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        below.resolveLeaf(walk);
    }
}
