package org.memvirt.api.tlb;

import java.util.List;

/**
 * The TLBs of one processor, as data.
 *
 * @param name unique within its MMU: what {@code --tlb} takes
 * @param description one line for people
 * @param source where the figures come from, and which of them are estimates
 * @param groups those that serve data or code at each level; level 1 first
 */
public record TlbPreset(String name, String description, String source, List<Group> groups) {
    public TlbPreset {
        groups = List.copyOf(groups);
    }

    /**
     * Arrays that are looked up together; an access hits in at most one of them.
     *
     * @param name in results: {@code l1d}, {@code l1i}, {@code l2}
     * @param level 1 for those looked up first
     * @param data whether it serves loads and stores
     * @param code whether it serves fetches
     * @param arrays each with its own page sizes
     * @param others what becomes of a page of a size that no array holds
     */
    public record Group(
            String name, int level, boolean data, boolean code, List<Array> arrays, OtherSizes others) {
        public Group {
            arrays = List.copyOf(arrays);
            if (level == 1 && others == OtherSizes.BYPASS) {
                throw new IllegalArgumentException("TLB group '" + name
                        + "' is looked up first: a page that it kept no piece of would walk at every access");
            }
        }

        /** A group that keeps pieces of pages of other sizes. */
        public Group(String name, int level, boolean data, boolean code, List<Array> arrays) {
            this(name, level, data, code, arrays, OtherSizes.SPLINTER);
        }
    }

    /** What becomes of a page of a size that no array of a group holds. */
    public enum OtherSizes {
        /** The piece around the access is kept, of the largest size below that there is. */
        SPLINTER,
        /** It is not kept in this group. */
        BYPASS
    }

    /**
     * One set-associative array. A page of size 2^s lies in set {@code (address >> s) mod sets}.
     *
     * @param pageShifts offset bits of the page sizes that it holds, ascending
     * @param sets any number; 1 is fully associative
     * @param ways any number
     * @param replacement which way of a full set goes
     */
    public record Array(List<Integer> pageShifts, int sets, int ways, Replacement replacement) {
        public Array {
            pageShifts = List.copyOf(pageShifts);
            if (sets < 1 || ways < 1) {
                throw new IllegalArgumentException("a TLB has at least 1 set and 1 way, not " + sets + " and " + ways);
            }
        }

        public int entries() {
            return sets * ways;
        }
    }

    /** Which entry of a full set makes room; an empty way is always taken first. */
    public enum Replacement {
        /** The least recently used. */
        LRU,
        /** The least frequently used since it was placed, without ageing; of those, the least recently used. */
        LFU,
        /** A binary tree of bits that point away from what was used; the ways must be a power of two. */
        TREE_PLRU,
        /** Any, by a seeded generator. */
        RANDOM
    }
}
