package org.memvirt.engine.walkcache;

import java.util.function.IntPredicate;

/** What is cached by guest-physical address, of owners: second-stage translations, or tables of second stages. */
public interface GuestPhysicalCache {
    /** Removes everything of the chosen owners. */
    void invalidate(IntPredicate owners);

    /** Removes, of the chosen owners, what is of any of these {@code bytes} from {@code gpa} on. */
    void invalidate(IntPredicate owners, long gpa, long bytes);
}
