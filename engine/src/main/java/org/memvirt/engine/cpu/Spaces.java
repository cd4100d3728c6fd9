package org.memvirt.engine.cpu;

import java.util.HashMap;
import java.util.Map;

/** Gives each pair of VM and address space one small number, under which things are cached. */
public final class Spaces {
    private final Map<Long, Integer> numbers = new HashMap<>();

    /** The number of this pair; the same at every call. */
    public int intern(int vm, int asid) {
        return numbers.computeIfAbsent((long) vm << 32 | asid, missing -> numbers.size());
    }
}
