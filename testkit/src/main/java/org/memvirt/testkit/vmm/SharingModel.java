package org.memvirt.testkit.vmm;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;

/**
 * What processes see of memory that they share as threads, by objects, or not at all: rights by page, values by word. There is
 * no translation in it, nor any page that is not the smallest.
 */
final class SharingModel {
    /** What a page of a process is: with the page of the object that it shows, if any. */
    private record Page(int rights, @Nullable Integer object, long objectPage) {}

    /** What the threads of a process share. */
    static final class Space {
        private final Map<Long, Page> pages = new HashMap<>();
        private final Map<Long, Long> values = new HashMap<>();
    }

    private final int pageShift;
    private final Map<Integer, Map<Long, Long>> objects = new HashMap<>();

    SharingModel(int pageShift) {
        this.pageShift = pageShift;
    }

    /** A copy; what shows an object shows it there, too. */
    Space fork(Space parent) {
        Space child = new Space();
        child.pages.putAll(parent.pages);
        child.values.putAll(parent.values);
        return child;
    }

    void allow(Space space, long start, long count, int rights) {
        forbid(space, start, count);
        for (long page = start >>> pageShift; page < (start >>> pageShift) + count; page++) {
            space.pages.put(page, new Page(rights, null, 0));
        }
    }

    /** @param from the first page of the object that the range shows */
    void allowShared(Space space, long start, long count, int rights, int object, long from) {
        forbid(space, start, count);
        for (long i = 0; i < count; i++) {
            space.pages.put((start >>> pageShift) + i, new Page(rights, object, from + i));
        }
    }

    void forbid(Space space, long start, long count) {
        Set<Long> forgotten = new HashSet<>();
        for (long page = start >>> pageShift; page < (start >>> pageShift) + count; page++) {
            space.pages.remove(page);
            forgotten.add(page);
        }
        space.values.keySet().removeIf(address -> forgotten.contains(address >>> pageShift));
    }

    void protect(Space space, long start, long count, int rights) {
        for (long page = start >>> pageShift; page < (start >>> pageShift) + count; page++) {
            space.pages.merge(page, new Page(rights, null, 0),
                    (was, none) -> new Page(rights, was.object, was.objectPage));
        }
    }

    boolean allows(Space space, long address, int needed) {
        Page page = space.pages.get(address >>> pageShift);
        return page != null && Rights.permit(page.rights, needed);
    }

    OptionalLong load(Space space, long address) {
        return allows(space, address, Rights.USER_READ)
                ? OptionalLong.of(values(space, address).getOrDefault(key(space, address), 0L))
                : OptionalLong.empty();
    }

    boolean store(Space space, long address, long value) {
        boolean done = allows(space, address, Rights.USER_WRITE);
        if (done) {
            values(space, address).put(key(space, address), value);
        }
        return done;
    }

    /** The first word of every page that may be read, by its address. */
    Map<Long, Long> readable(Space space) {
        Map<Long, Long> readable = new HashMap<>();
        for (long page : space.pages.keySet()) {
            long first = page << pageShift;
            load(space, first).ifPresent(value -> readable.put(first, value));
        }
        return readable;
    }

    private Map<Long, Long> values(Space space, long address) {
        Page page = space.pages.get(address >>> pageShift);
        return page == null || page.object == null
                ? space.values
                : objects.computeIfAbsent(page.object, number -> new HashMap<>());
    }

    private long key(Space space, long address) {
        Page page = space.pages.get(address >>> pageShift);
        return page == null || page.object == null
                ? address
                : (page.objectPage << pageShift) + (address & (1L << pageShift) - 1);
    }
}
