package org.memvirt.engine.cache;

import java.util.Arrays;
import org.memvirt.api.mmu.TlbPreset.Replacement;

/** Which way of a set makes room. Empty ways go first, in each policy. */
abstract sealed class Replacer {
    /** A way was used, or filled. */
    abstract void touch(int set, int way);

    /** The way that is to be filled next. */
    abstract int victim(int set);

    /** A way was emptied. */
    abstract void free(int set, int way);

    static Replacer of(Replacement kind, int sets, int ways, long seed) {
        return switch (kind) {
            case LRU -> ways <= NibbleLru.MOST_WAYS ? new NibbleLru(sets, ways) : new ListLru(sets, ways);
            case TREE_PLRU -> new TreePlru(sets, ways);
            case RANDOM -> new Random(sets, ways, seed);
        };
    }

    /** True LRU of up to 16 ways: a permutation of way numbers in one word, the most recently used in the low nibble. */
    private static final class NibbleLru extends Replacer {
        static final int MOST_WAYS = 16;
        private static final long ONES = 0x1111_1111_1111_1111L;
        private static final long EIGHTS = 0x8888_8888_8888_8888L;

        private final long[] order;
        private final int oldestShift;

        NibbleLru(int sets, int ways) {
            order = new long[sets];
            oldestShift = 4 * (ways - 1);
            Arrays.fill(order, 0xfedc_ba98_7654_3210L);
        }

        @Override
        void touch(int set, int way) {
            long word = order[set];
            int at = shiftOf(word, way);
            long newer = (1L << at) - 1;
            order[set] = word & ~(newer << 4 | 15) | (word & newer) << 4 | way;
        }

        @Override
        int victim(int set) {
            return (int) (order[set] >>> oldestShift) & 15;
        }

        @Override
        void free(int set, int way) {
            long word = order[set];
            int at = shiftOf(word, way);
            long kept = word & (1L << at) - 1;
            long used = oldestShift == 60 ? -1 : (1L << oldestShift + 4) - 1;
            long older = at == 60 ? 0 : (word & used) >>> at + 4 << at;
            order[set] = word & ~used | kept | older | (long) way << oldestShift;
        }

        /** The bit position of the nibble that holds {@code way}. */
        private static int shiftOf(long word, int way) {
            long differs = word ^ way * ONES;
            return Long.numberOfTrailingZeros(differs - ONES & ~differs & EIGHTS) & ~3;
        }
    }

    /** True LRU of any number of ways: a circular list a set. */
    private static final class ListLru extends Replacer {
        private final int ways;
        private final int[] next;
        private final int[] previous;
        private final int[] newest;

        ListLru(int sets, int ways) {
            this.ways = ways;
            next = new int[sets * ways];
            previous = new int[sets * ways];
            newest = new int[sets];
            for (int slot = 0; slot < next.length; slot++) {
                int base = slot / ways * ways;
                next[slot] = base + (slot - base + 1) % ways;
                previous[slot] = base + (slot - base + ways - 1) % ways;
                newest[slot / ways] = base;
            }
        }

        @Override
        void touch(int set, int way) {
            int slot = set * ways + way;
            toEnd(set, slot);
            newest[set] = slot;
        }

        @Override
        int victim(int set) {
            return previous[newest[set]] - set * ways;
        }

        @Override
        void free(int set, int way) {
            int slot = set * ways + way;
            if (newest[set] == slot) {
                newest[set] = next[slot];
            } else {
                toEnd(set, slot);
            }
        }

        private void toEnd(int set, int slot) {
            int head = newest[set];
            if (slot == head || next[slot] == head) {
                return;
            }
            next[previous[slot]] = next[slot];
            previous[next[slot]] = previous[slot];
            int last = previous[head];
            next[last] = slot;
            previous[slot] = last;
            next[slot] = head;
            previous[head] = slot;
        }
    }

    /** The empty ways of each set, which the policies without an order keep as bits. */
    private static final class Vacancies {
        private final long[] empty;

        Vacancies(int sets, int ways) {
            if (ways > Long.SIZE) {
                throw new IllegalArgumentException("this replacement takes at most 64 ways, not " + ways);
            }
            empty = new long[sets];
            Arrays.fill(empty, -1L >>> Long.SIZE - ways);
        }

        void fill(int set, int way) {
            empty[set] &= ~(1L << way);
        }

        void free(int set, int way) {
            empty[set] |= 1L << way;
        }

        /** An empty way, or 64. */
        int first(int set) {
            return Long.numberOfTrailingZeros(empty[set]);
        }
    }

    /** A binary tree a set, whose bits point away from what was used last; node 1 is the root. */
    private static final class TreePlru extends Replacer {
        private final int ways;
        private final long[] bits;
        private final Vacancies vacancies;

        TreePlru(int sets, int ways) {
            if (Integer.bitCount(ways) != 1) {
                throw new IllegalArgumentException("tree PLRU takes a power of two of ways, not " + ways);
            }
            this.ways = ways;
            bits = new long[sets];
            vacancies = new Vacancies(sets, ways);
        }

        @Override
        void touch(int set, int way) {
            vacancies.fill(set, way);
            long word = bits[set];
            for (int node = way + ways; node > 1; node >>= 1) {
                long parent = 1L << (node >> 1);
                // Points to the other child: 1 is the right one.
                word = (node & 1) == 0 ? word | parent : word & ~parent;
            }
            bits[set] = word;
        }

        @Override
        int victim(int set) {
            int empty = vacancies.first(set);
            if (empty < ways) {
                return empty;
            }
            int node = 1;
            while (node < ways) {
                node = 2 * node + (int) (bits[set] >>> node & 1);
            }
            return node - ways;
        }

        @Override
        void free(int set, int way) {
            vacancies.free(set, way);
        }
    }

    /** Any way, by a seeded xorshift generator. */
    private static final class Random extends Replacer {
        private final int ways;
        private final Vacancies vacancies;
        private long state;

        Random(int sets, int ways, long seed) {
            this.ways = ways;
            vacancies = new Vacancies(sets, ways);
            state = seed * 0x9E3779B97F4A7C15L | 1;
        }

        @Override
        void touch(int set, int way) {
            vacancies.fill(set, way);
        }

        @Override
        int victim(int set) {
            int empty = vacancies.first(set);
            if (empty < ways) {
                return empty;
            }
            state ^= state << 13;
            state ^= state >>> 7;
            state ^= state << 17;
            return (int) Long.remainderUnsigned(state, ways);
        }

        @Override
        void free(int set, int way) {
            vacancies.free(set, way);
        }
    }
}
