package org.memvirt.engine.host;

import org.memvirt.engine.memory.Backing;

/** Forbids stores; each is noted as the fault of the first one is answered. */
final class WriteProtectLog extends DirtyLog {
    WriteProtectLog(Backing backing) {
        super(backing);
    }

    @Override
    void clearAll() {
        backing.logged().protectAll();
    }

    @Override
    void find() {
        // Noted already.
    }

    @Override
    void clear(long gpa, long bytes) {
        backing.logged().protect(gpa, bytes);
    }

    @Override
    void stop() {
        backing.logged().unprotectAll();
    }
}
