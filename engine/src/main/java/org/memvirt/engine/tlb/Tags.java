package org.memvirt.engine.tlb;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.memvirt.api.tlb.Tlb;

/**
 * The tags under which a TLB keeps the entries of spaces, and of the VMs of global entries: small numbers in place of the
 * hardware's tags, of which there may be any number. A tag whose owner has no entry any more is handed out again before
 * another bit of tags comes into use, so no entry is ever removed for want of a tag.
 */
final class Tags {
    /** Of those in use, the share that must be free after a search for free ones: an eighth. */
    private static final int WORTH_A_SEARCH = 8;

    // By space, and for the global entries of a VM by the complement of its number.
    private final Map<Integer, Integer> tags = new HashMap<>();
    // By tag, whose it is: a key of the map.
    private int[] keys = new int[TlbKeys.NARROW_TAGS];
    private final BitSet free = new BitSet();
    private final Supplier<BitSet> used;
    // Tags that were ever handed out are below the first, and below the second without another bit.
    private int count;
    private int limit = TlbKeys.NARROW_TAGS;
    private int tag;
    private int globalTag;

    /** @param used tells the tags of the entries that there are; the set is the caller's */
    Tags(Supplier<BitSet> used) {
        this.used = used;
    }

    /** Makes a space, and a VM for its global entries, the current ones. */
    void select(int vm, int space) {
        globalTag = -1;
        tag = take(space);
        globalTag = take(~vm);
    }

    /** The tag of the current space. */
    int tag() {
        return tag;
    }

    /** The tag of the global entries of the current VM. */
    int globalTag() {
        return globalTag;
    }

    /** Whether the owner of entries with this tag is among those. */
    boolean isOf(int any, Tlb.Target owners) {
        int key = keys[any];
        return key >= 0 ? owners.includeSpace(key) : owners.includeGlobalsOf(~key);
    }

    /** By tag, whether its owner is among those. */
    boolean[] of(Tlb.Target owners) {
        boolean[] chosen = new boolean[count];
        for (int any = 0; any < count; any++) {
            chosen[any] = isOf(any, owners);
        }
        return chosen;
    }

    /** Whether there may be tags for which a key has no room. */
    boolean areWide() {
        return limit > TlbKeys.NARROW_TAGS;
    }

    private int take(int key) {
        Integer known = tags.get(key);
        if (known != null) {
            return known;
        }
        if (free.isEmpty() && count == limit) {
            findFree();
        }
        int taken = free.isEmpty() ? count++ : free.nextSetBit(0);
        free.clear(taken);
        if (taken == keys.length) {
            keys = Arrays.copyOf(keys, 2 * keys.length);
        }
        tags.put(key, taken);
        keys[taken] = key;
        return taken;
    }

    private void findFree() {
        BitSet taken = used.get();
        taken.set(tag);
        if (globalTag >= 0) {
            taken.set(globalTag);
        }
        tags.values().removeIf(any -> !taken.get(any));
        free.set(0, count);
        free.andNot(taken);
        if (free.cardinality() < limit / WORTH_A_SEARCH) {
            if (limit == TlbKeys.TAGS) {
                throw new IllegalStateException("the entries of a TLB belong to more than " + limit + " spaces");
            }
            limit *= 2;
        }
    }
}
