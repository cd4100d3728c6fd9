package org.memvirt.engine.host;

import org.memvirt.engine.memory.Backing;

/** Reads the dirty bits of what maps the guest's memory, and clears them. */
final class DirtyBitLog extends DirtyLog {
    DirtyBitLog(Backing backing) {
        super(backing);
    }

    @Override
    void clearAll() {
        backing.logged().clean(0, backing.size());
    }

    @Override
    void find() {
        beforeChange(0, backing.size());
    }

    @Override
    void clear(long gpa, long bytes) {
        backing.logged().clean(gpa, bytes);
    }

    /** The pages there may be unmapped, and their bits with them. */
    @Override
    void beforeChange(long gpa, long bytes) {
        backing.owner().forEachMapped(gpa, bytes, (page, shift, accessed, dirty) -> {
            if (dirty) {
                note(page, 1L << shift);
            }
        });
    }

    @Override
    void stop() {
        // Nobody minds dirty bits.
    }
}
