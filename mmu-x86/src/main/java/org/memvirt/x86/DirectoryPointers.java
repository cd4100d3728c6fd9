package org.memvirt.x86;

import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * The four directory pointers of PAE paging in registers of the processor, as Intel's keep them: SDM, "PDPTE Registers".
 * They answer in place of memory, without a reference; all else goes to the port below.
 */
final class DirectoryPointers extends ForwardingPort {
    private static final int LEVEL = 3;
    private static final int COUNT = 4;

    private final long[] pointers = new long[COUNT];

    private DirectoryPointers(WalkPort below) {
        super(below);
    }

    /**
     * Reads the pointers as MOV to CR3 does: a read by the supervisor, not a reference of a walk, to a second stage.
     * {@code walk} holds the fault if that fails, or if a pointer that is present has a reserved bit set.
     */
    static DirectoryPointers load(RadixFormat pae, long cr3, Walk walk, WalkPort below) {
        // No linear address is translated.
        walk.start(cr3, Walk.NOWHERE, Rights.SUPERVISOR_READ);
        DirectoryPointers loaded = new DirectoryPointers(below);
        walk.outputAddress = cr3 & PagingMode.PAE.rootMask();
        below.resolveLeaf(walk);
        long reserved = pae.geometry().levels().get(LEVEL - 1).table().reserved();
        for (int i = 0; walk.succeeded() && i < COUNT; i++) {
            long pointer = below.readEntryAt(walk, LEVEL, walk.outputAddress + (long) i * Long.BYTES);
            if ((pointer & EntryBits.PRESENT) != 0 && (pointer & reserved) != 0) {
                walk.fail(Fault.RESERVED_BIT, LEVEL, FaultEncoding.ROOT_LOAD);
            }
            loaded.pointers[i] = pointer;
        }
        return loaded;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        if (level != LEVEL) {
            return super.readEntry(walk, level, address);
        }
        // What a register gave is kept by no walk cache: SDM, "Paging-Structure Caches", has no PDPTE cache for PAE.
        walk.highestVisited = LEVEL - 1;
        return pointers[(int) (address >>> 3) & COUNT - 1];
    }
}
