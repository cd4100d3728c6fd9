package org.memvirt.x86.vector;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Host memory of a case: aligned 64-bit words. */
final class RecordedMemory {
    private final Map<Long, Long> words;
    private final Set<Long> written = new TreeSet<>();

    RecordedMemory(Map<Long, Long> words) {
        this.words = new HashMap<>(words);
    }

    /** The word that contains {@code address}. */
    long load(long address) {
        return words.getOrDefault(address & -8, 0L);
    }

    boolean compareAndSet(long address, long expected, long update) {
        if (load(address) != expected) {
            return false;
        }
        written.add(address & -8);
        words.put(address & -8, update);
        return true;
    }

    /** Every word that was ever written, in order. */
    Set<Long> written() {
        return written;
    }
}
