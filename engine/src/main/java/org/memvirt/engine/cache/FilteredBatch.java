package org.memvirt.engine.cache;

import org.memvirt.api.access.AccessBatch;

/**
 * A batch that is played more than once, with those of its accesses that may change a level-1 TLB found in advance. It must
 * not change any more.
 */
public final class FilteredBatch extends AccessBatch {
    private final L1Filter filter;

    /** A copy of a batch, as large as it needs to be, filtered. */
    public FilteredBatch(AccessBatch batch) {
        super(Math.max(1, batch.length));
        batch.events().forEach(this::add);
        System.arraycopy(batch.addresses, 0, addresses, 0, batch.length);
        System.arraycopy(batch.kinds, 0, kinds, 0, batch.length);
        length = batch.length;
        filter = L1Filter.of(this);
    }

    L1Filter filter() {
        return filter;
    }
}
