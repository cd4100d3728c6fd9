package org.memvirt.engine.tlb;

import java.util.Arrays;
import org.memvirt.api.tlb.TlbPreset.Replacement;

/** Which way of a set makes room. Empty ways go first, in each policy. LRU of few ways is {@link NibbleOrder}'s. */
abstract sealed class Replacer {
    /** A way was used, or filled. */
    abstract void touch(int set, int way);

    /** The way that is to be filled next. */
    abstract int victim(int set);

    /** Takes the way that is to be filled next, and notes its use. */
    int take(int set) {
        int way = victim(set);
        touch(set, way);
        return way;
    }

    /** A way was emptied. */
    abstract void free(int set, int way);

    /** Whether the use of an entry that has its place already changes nothing. */
    boolean ignoresUses() {
        return false;
    }

    /** Whether each use of an entry changes something, even if it was the latest of its set before. */
    boolean countsUses() {
        return false;
    }

    /** Keeps what it knows, for {@link #restore}. */
    abstract void save();

    /** Makes it what it was at {@link #save}. */
    abstract void restore();

    static Replacer of(Replacement kind, int sets, int ways, long seed) {
        return switch (kind) {
            case LRU -> new ListLru(sets, ways);
            case LFU -> new Lfu(sets, ways);
            case TREE_PLRU -> new TreePlru(sets, ways);
            case RANDOM -> new Random(sets, ways, seed);
        };
    }

    /** True LRU of any number of ways: a circular list a set. */
    private static final class ListLru extends Replacer {
        private final int ways;
        private final int[] next;
        private final int[] previous;
        private final int[] newest;
        private final int[] saved;

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
            saved = new int[2 * next.length + newest.length];
        }

        @Override
        void save() {
            System.arraycopy(next, 0, saved, 0, next.length);
            System.arraycopy(previous, 0, saved, next.length, next.length);
            System.arraycopy(newest, 0, saved, 2 * next.length, newest.length);
        }

        @Override
        void restore() {
            System.arraycopy(saved, 0, next, 0, next.length);
            System.arraycopy(saved, next.length, previous, 0, next.length);
            System.arraycopy(saved, 2 * next.length, newest, 0, newest.length);
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

    /** LFU: how often each was used since it was placed, 0 where it is empty, and when last. */
    private static final class Lfu extends Replacer {
        private final int ways;
        private final long[] uses;
        private final long[] last;
        private final long[] savedUses;
        private final long[] savedLast;
        private long now;

        Lfu(int sets, int ways) {
            this.ways = ways;
            uses = new long[sets * ways];
            last = uses.clone();
            savedUses = uses.clone();
            savedLast = uses.clone();
        }

        @Override
        boolean countsUses() {
            return true;
        }

        @Override
        void touch(int set, int way) {
            int slot = set * ways + way;
            uses[slot]++;
            last[slot] = ++now;
        }

        @Override
        int victim(int set) {
            int first = set * ways;
            int least = first;
            for (int slot = first + 1; slot < first + ways; slot++) {
                if (uses[slot] < uses[least] || uses[slot] == uses[least] && last[slot] < last[least]) {
                    least = slot;
                }
            }
            return least - first;
        }

        @Override
        int take(int set) {
            int way = victim(set);
            uses[set * ways + way] = 0;
            touch(set, way);
            return way;
        }

        @Override
        void free(int set, int way) {
            uses[set * ways + way] = 0;
            last[set * ways + way] = 0;
        }

        @Override
        void save() {
            System.arraycopy(uses, 0, savedUses, 0, uses.length);
            System.arraycopy(last, 0, savedLast, 0, last.length);
        }

        @Override
        void restore() {
            System.arraycopy(savedUses, 0, uses, 0, uses.length);
            System.arraycopy(savedLast, 0, last, 0, last.length);
        }
    }

    /** The empty ways of each set, which the policies without an order keep as bits. */
    private static final class Vacancies {
        private final long[] empty;
        private final long[] saved;

        Vacancies(int sets, int ways) {
            if (ways > Long.SIZE) {
                throw new IllegalArgumentException("this replacement takes at most 64 ways, not " + ways);
            }
            empty = new long[sets];
            Arrays.fill(empty, -1L >>> Long.SIZE - ways);
            saved = empty.clone();
        }

        void save() {
            System.arraycopy(empty, 0, saved, 0, empty.length);
        }

        void restore() {
            System.arraycopy(saved, 0, empty, 0, empty.length);
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
        private final long[] saved;
        private final Vacancies vacancies;

        TreePlru(int sets, int ways) {
            if (Integer.bitCount(ways) != 1) {
                throw new IllegalArgumentException("tree PLRU takes a power of two of ways, not " + ways);
            }
            this.ways = ways;
            bits = new long[sets];
            saved = bits.clone();
            vacancies = new Vacancies(sets, ways);
        }

        @Override
        void save() {
            System.arraycopy(bits, 0, saved, 0, bits.length);
            vacancies.save();
        }

        @Override
        void restore() {
            System.arraycopy(saved, 0, bits, 0, bits.length);
            vacancies.restore();
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
        private long savedState;

        @Override
        boolean ignoresUses() {
            return true;
        }

        Random(int sets, int ways, long seed) {
            this.ways = ways;
            vacancies = new Vacancies(sets, ways);
            state = seed * 0x9E3779B97F4A7C15L | 1;
            savedState = state;
        }

        @Override
        void save() {
            savedState = state;
            vacancies.save();
        }

        @Override
        void restore() {
            state = savedState;
            vacancies.restore();
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
