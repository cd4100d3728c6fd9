package org.memvirt.engine.host;

import org.memvirt.engine.memory.Backing;

/** Has hardware note what it sets dirty bits for; they are cleared again for what was noted. */
final class PageLog extends DirtyLog {
    private final int entries;

    /** @param entries of each vCPU's buffer */
    PageLog(Backing backing, int entries) {
        super(backing);
        this.entries = entries;
    }

    @Override
    void clearAll() {
        backing.owner().logStores(entries,
                gpa -> note(gpa & -1L << backing.granuleShift(), 1L << backing.granuleShift()));
        backing.logged().clean(0, backing.size());
        backing.owner().drainLog();
    }

    @Override
    void find() {
        backing.owner().drainLog();
    }

    @Override
    void clear(long gpa, long bytes) {
        backing.logged().clean(gpa, bytes);
    }

    @Override
    void stop() {
        backing.owner().logStores(entries, null);
    }
}
