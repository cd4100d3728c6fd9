package org.memvirt.engine.block;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;

/**
 * A batch that remembers which of its accesses may change a level-1 TLB, so that this is found once, however many passes and
 * machines play it. Whoever needs it first finds it, in its own time. Several threads may play the batch at once; nobody may
 * change it meanwhile.
 */
public final class FilteredBatch extends AccessBatch {
    /** A filter of one kind. */
    private static final class Kept {
        final L1Filter.Kind kind;
        // For a batch that is filled again and again; null for one that is kept, whose filter is as large as it needs to be.
        @Nullable L1Filter room;
        volatile @Nullable L1Filter filter;

        Kept(L1Filter.Kind kind) {
            this.kind = kind;
        }
    }

    private final boolean isRefilled;
    private final Kept[] byKind =
            Arrays.stream(L1Filter.Kind.values()).map(Kept::new).toArray(Kept[]::new);

    /** An empty batch of the usual size, to be filled again and again; {@link #forget} after each time. */
    public FilteredBatch() {
        isRefilled = true;
    }

    /** A copy of a batch, as large as it needs to be. */
    public FilteredBatch(AccessBatch batch) {
        super(Math.max(1, batch.length));
        batch.events().forEach(this::add);
        add(batch, 0, batch.length);
        isRefilled = false;
    }

    /** Forgets what was found: the batch holds other accesses now, or the next pass is to find it in its own time. */
    public void forget() {
        for (Kept kept : byKind) {
            kept.filter = null;
        }
    }

    L1Filter filter(L1Filter.Kind kind) {
        Kept kept = byKind[kind.ordinal()];
        L1Filter found = kept.filter;
        return found != null ? found : find(kept);
    }

    private synchronized L1Filter find(Kept kept) {
        L1Filter found = kept.filter;
        if (found != null) {
            return found; // By another thread, meanwhile.
        }
        if (isRefilled) {
            found = kept.room;
            if (found == null) {
                found = new L1Filter(capacity(), kept.kind);
                kept.room = found;
            }
            found.find(this, 0, length);
        } else {
            found = L1Filter.of(this, kept.kind);
        }
        kept.filter = found;
        return found;
    }
}
