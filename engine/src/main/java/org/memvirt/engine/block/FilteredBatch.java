package org.memvirt.engine.block;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;

/**
 * A batch that remembers which of its accesses may change a level-1 TLB, so that this is found once, however many passes and
 * machines play it. Whoever needs it first finds it, in its own time. Several threads may play the batch at once; nobody may
 * change it meanwhile.
 */
public final class FilteredBatch extends AccessBatch {
    // For a batch that is filled again and again; null for one that is kept, whose filter is as large as it needs to be.
    private final @Nullable L1Filter room;
    private volatile @Nullable L1Filter filter;

    /** An empty batch of the usual size, to be filled again and again; {@link #forget} after each time. */
    public FilteredBatch() {
        room = new L1Filter(capacity());
    }

    /** A copy of a batch, as large as it needs to be. */
    public FilteredBatch(AccessBatch batch) {
        super(Math.max(1, batch.length));
        batch.events().forEach(this::add);
        System.arraycopy(batch.addresses, 0, addresses, 0, batch.length);
        System.arraycopy(batch.kinds, 0, kinds, 0, batch.length);
        length = batch.length;
        room = null;
    }

    /** Forgets what was found: the batch holds other accesses now, or the next pass is to find it in its own time. */
    public void forget() {
        filter = null;
    }

    L1Filter filter() {
        L1Filter found = filter;
        return found != null ? found : find();
    }

    private synchronized L1Filter find() {
        L1Filter found = filter;
        if (found != null) {
            return found; // By another thread, meanwhile.
        }
        if (room == null) {
            found = L1Filter.of(this);
        } else {
            room.find(this, 0, length);
            found = room;
        }
        filter = found;
        return found;
    }
}
