package org.memvirt.engine;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.table.PageTableFormat;

/**
 * The accesses of a program that keeps tags in its pointers, without these: caches and walks know addresses as hardware
 * looks them up. The batch that was given stays as it is, for others may play it, too.
 */
final class UntaggedBatch {
    private final PageTableFormat format;
    private AccessBatch batch = new AccessBatch(1);

    UntaggedBatch(PageTableFormat format) {
        this.format = format;
    }

    /** Valid until the next call. */
    AccessBatch of(AccessBatch given) {
        if (batch.capacity() < given.length) {
            batch = new AccessBatch(given.capacity());
        }
        batch.clear();
        given.events().forEach(batch::add);
        for (int i = 0; i < given.length; i++) {
            batch.add(format.untagged(given.addresses[i], given.kinds[i]), given.kinds[i]);
        }
        return batch;
    }
}
