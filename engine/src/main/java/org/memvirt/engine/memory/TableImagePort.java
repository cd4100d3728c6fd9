package org.memvirt.engine.memory;

import org.memvirt.api.image.TableImage;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * The port of tables in an image, which is only read: accessed and dirty bits are taken for written and leave no trace. An
 * entry that the image does not hold ends the walk with {@link Fault#OUT_OF_BOUNDS}.
 */
public final class TableImagePort implements WalkPort {
    private final TableImage image;
    private long missing;

    public TableImagePort(TableImage image) {
        this.image = image;
    }

    /** Where the entry lies that was not there, after a walk that ended for this. */
    public long missing() {
        return missing;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        walk.hostAddress = address;
        long aligned = address & -Long.BYTES;
        if (!image.holds(aligned, Long.BYTES)) {
            missing = address;
            walk.fail(Fault.OUT_OF_BOUNDS, level, 0);
            return 0;
        }
        long word = image.load(aligned);
        walk.trail.reference(walk.cell(level), address, word);
        return word;
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return readEntry(walk, level, hostAddress);
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        walk.words[0] = readEntry(walk, level, address);
        for (int word = 1; word < words; word++) {
            long at = address + (long) word * Long.BYTES;
            if (walk.succeeded() && !image.holds(at, Long.BYTES)) {
                missing = at;
                walk.fail(Fault.OUT_OF_BOUNDS, level, 0);
            }
            walk.words[word] = walk.succeeded() ? image.load(at) : 0;
        }
        return walk.succeeded() ? walk.words[0] : 0;
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return true;
    }

    @Override
    public void resolveLeaf(Walk walk) {
        // An output address of this table is host-physical.
    }
}
