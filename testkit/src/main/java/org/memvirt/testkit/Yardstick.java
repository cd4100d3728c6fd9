package org.memvirt.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.engine.SimulationResult;

/**
 * The rules of memvirt's yardstick, written down once more with lists and maps: the TLBs, walk caches and nested TLB of
 * the reference configuration, four levels on four, pages of 4 KiB. It shares nothing with the engine.
 */
public final class Yardstick {
    /** Which caches of walks there are. */
    public enum Caches {
        NONE,
        ALL,
        NESTED_TLB_ALONE
    }

    private static final int LEVELS = 4;
    private static final long FIRST_DATA = 1L << 24;

    private final boolean nested;
    private final Caches caches;
    private final Map<Long, Long> entries = new HashMap<>();
    private final List<Lru> codeTlb = sets(16, 8);
    private final List<Lru> dataTlb = sets(16, 4);
    private final List<Lru> secondTlb = sets(128, 12);
    private final List<Lru> walkCaches = List.of(new Lru(4), new Lru(4), new Lru(32));
    private final Lru nestedTlb = new Lru(32);
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private long hostTables = 1;
    private long hostData = FIRST_DATA;
    private long guestTables = 1;
    private long guestData = FIRST_DATA;
    private final long root = hostTables++;
    private final long guestRoot;

    public Yardstick(boolean nested, Caches caches) {
        this.nested = nested;
        this.caches = caches;
        guestRoot = nested ? guestTables++ : 0;
    }

    /** One set: the most recently used first. */
    private static final class Lru {
        private final int ways;
        private final List<long[]> places = new ArrayList<>();

        Lru(int ways) {
            this.ways = ways;
        }

        @Nullable Long find(long tag) {
            for (long[] place : places) {
                if (place[0] == tag) {
                    places.remove(place);
                    places.addFirst(place);
                    return place[1];
                }
            }
            return null;
        }

        void insert(long tag, long value) {
            if (places.size() == ways) {
                places.removeLast();
            }
            places.addFirst(new long[] {tag, value});
        }
    }

    private static List<Lru> sets(int sets, int ways) {
        List<Lru> made = new ArrayList<>();
        for (int set = 0; set < sets; set++) {
            made.add(new Lru(ways));
        }
        return made;
    }

    /** Carries the accesses out and returns the counts, as {@link #countsOf} names them. */
    public Map<String, Long> play(AccessBatch batch) {
        for (int i = 0; i < batch.length; i++) {
            count("accesses");
            boolean code = (batch.kinds[i] & Rights.EXECUTE) != 0;
            long page = batch.addresses[i] >>> 12;
            Lru first = (code ? codeTlb : dataTlb).get((int) (page % 16));
            if (first.find(page) == null) {
                count(code ? "l1i misses" : "l1d misses");
                Lru second = secondTlb.get((int) (page % 128));
                Long frame = second.find(page);
                if (frame == null) {
                    count("l2 misses");
                    frame = walk(page);
                    second.insert(page, frame);
                }
                first.insert(page, frame);
            }
        }
        return counts;
    }

    private long walk(long page) {
        count("walks");
        long[] prefix = {page >>> 27, page >>> 18, page >>> 9};
        int step = 0;
        Long table = null;
        if (caches == Caches.ALL) {
            for (int cached = 2; cached >= 0 && table == null; cached--) {
                table = walkCaches.get(cached).find(prefix[cached]);
                if (table != null) {
                    count("walk cache hits at " + (LEVELS - 1 - cached));
                    step = cached + 1;
                }
            }
        }
        long at = table != null ? table : nested ? second(guestRoot) : root;
        for (; step < LEVELS; step++) {
            boolean leaf = step == LEVELS - 1;
            long next = entry(at, page >>> 9 * (LEVELS - 1 - step) & 511, "guest references", () -> newGuest(leaf));
            if (nested) {
                next = second(next);
            }
            if (caches == Caches.ALL && !leaf) {
                walkCaches.get(step).insert(prefix[step], next);
            }
            at = next;
        }
        return at;
    }

    private long newGuest(boolean leaf) {
        if (nested) {
            return leaf ? guestData++ : guestTables++;
        }
        return leaf ? hostData++ : hostTables++;
    }

    /** The host frame of a guest frame. */
    private long second(long guestFrame) {
        if (caches != Caches.NONE) {
            Long known = nestedTlb.find(guestFrame);
            if (known != null) {
                count("nested TLB hits");
                return known;
            }
            count("nested TLB misses");
        }
        long at = root;
        for (int step = 0; step < LEVELS; step++) {
            boolean data = step == LEVELS - 1 && guestFrame >= FIRST_DATA;
            at = entry(
                    at,
                    guestFrame >>> 9 * (LEVELS - 1 - step) & 511,
                    "host references",
                    () -> data ? hostData++ : hostTables++);
        }
        if (caches != Caches.NONE) {
            nestedTlb.insert(guestFrame, at);
        }
        return at;
    }

    private long entry(long table, long index, String what, java.util.function.LongSupplier fill) {
        count(what);
        return entries.computeIfAbsent(table << 12 | index << 3, missing -> fill.getAsLong());
    }

    private void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    /** The same counts of a simulation; those that are 0 are left out. */
    public static Map<String, Long> countsOf(SimulationResult result) {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("accesses", result.accesses());
        result.tlb().forEach((group, lookups) -> counts.put(group + " misses", lookups.misses()));
        counts.put("walks", result.walks());
        long guest = 0;
        for (List<Long> row : result.walkReferences().matrix()) {
            guest += row.getFirst();
        }
        counts.put("guest references", guest);
        counts.put("host references", result.walkReferences().total() - guest);
        result.walkCache().hitsByLevel().forEach((level, hits) -> counts.put("walk cache hits at " + level, hits));
        counts.put("nested TLB hits", result.nestedTlb().hits());
        counts.put("nested TLB misses", result.nestedTlb().misses());
        counts.values().removeIf(count -> count == 0);
        return counts;
    }
}
