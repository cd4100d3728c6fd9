package org.memvirt.engine.host;

import java.util.BitSet;
import org.memvirt.api.table.PageTable;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostWatcher;

/**
 * What a guest has stored to, granule by granule, since the log was last asked. While it goes on each granule has a page of
 * its own: large pages are split when it begins, and may come back when it ends.
 */
public abstract sealed class DirtyLog permits WriteProtectLog, DirtyBitLog, PageLog {
    /** What hardware that is known has room for (Intel SDM vol. 3, "Page-Modification Logging"). */
    public static final int ENTRIES = 512;

    final Backing backing;
    // By number of the granule.
    private BitSet dirty = new BitSet();

    DirtyLog(Backing backing) {
        this.backing = backing;
    }

    /**
     * A log that has not begun.
     *
     * @param entries of the buffer in which hardware notes stores, where it does
     * @throws UnsupportedOperationException where the guest's strategy, or its hardware, cannot log in this way
     */
    public static DirtyLog of(DirtyLogKind kind, Backing backing, int entries) {
        if (kind != DirtyLogKind.WRITE_PROTECT && (backing.owner().marks() & PageTable.DIRTY) == 0) {
            throw new UnsupportedOperationException(
                    "the strategy maps the guest's memory without dirty bits that hardware sets, which '%s' needs"
                            .formatted(kind.text())
                            + "; take 'write-protect', or a second stage that has them");
        }
        if (kind == DirtyLogKind.PAGE_LOG) {
            backing.owner().logStores(entries, null);
        }
        return switch (kind) {
            case WRITE_PROTECT -> new WriteProtectLog(backing);
            case DIRTY_BITS -> new DirtyBitLog(backing);
            case PAGE_LOG -> new PageLog(backing, entries);
        };
    }

    /** In which way it logs. */
    public final DirtyLogKind kind() {
        return switch (this) {
            case WriteProtectLog log -> DirtyLogKind.WRITE_PROTECT;
            case DirtyBitLog log -> DirtyLogKind.DIRTY_BITS;
            case PageLog log -> DirtyLogKind.PAGE_LOG;
        };
    }

    /** Begins: nothing counts as stored to. */
    public final void begin() {
        backing.logged().split();
        backing.watch(new HostWatcher() {
            @Override
            public void stored(long gpa) {
                note(gpa, 1L << backing.granuleShift());
            }

            @Override
            public void changing(long gpa, long bytes) {
                beforeChange(gpa, bytes);
            }
        });
        clearAll();
        dirty.clear();
    }

    /** Tells the granules, by number, that were stored to since this was last asked, and begins anew. */
    public final BitSet collect() {
        find();
        BitSet collected = dirty;
        dirty = new BitSet();
        if (!collected.isEmpty()) {
            long first = (long) collected.nextSetBit(0) << backing.granuleShift();
            long end = (long) collected.length() << backing.granuleShift();
            clear(first, end - first);
        }
        return collected;
    }

    /** Ends; pages may be large again. */
    public final void end() {
        stop();
        backing.watch(null);
        backing.logged().join();
    }

    final void note(long gpa, long bytes) {
        dirty.set(
                (int) (gpa >>> backing.granuleShift()),
                (int) (gpa + bytes + (1L << backing.granuleShift()) - 1 >>> backing.granuleShift()));
    }

    /** Begins to notice stores, whatever has been stored to before. */
    abstract void clearAll();

    /** Notes what has been stored to and is not yet noted. */
    abstract void find();

    /** Has the next store to each granule of a range noticed again; of the others nothing was noted. */
    abstract void clear(long gpa, long bytes);

    /** The host is about to change something there, by which what is not yet noted might be lost. */
    void beforeChange(long gpa, long bytes) {}

    abstract void stop();
}
