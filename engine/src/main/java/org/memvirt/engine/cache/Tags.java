package org.memvirt.engine.cache;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import org.memvirt.api.tlb.Tlb;

/**
 * The short tags under which a TLB keeps the entries of spaces, and of the VMs of global entries. There are {@link
 * TlbArray#TAGS} of them; when they run out, the one that was selected least recently is taken, after its entries are
 * removed.
 */
final class Tags {
    // By space, and for the global entries of a VM by the complement of its number; the least recently selected first.
    private final Map<Integer, Integer> tags = new LinkedHashMap<>(16, 0.75f, true);
    // By tag, whose it is: a key of the first map.
    private final int[] keys = new int[TlbArray.TAGS];

    /** The tag of a space; {@code remove} is told to empty a tag that must be taken from another. */
    int takeForSpace(int space, IntConsumer remove) {
        return take(space, remove);
    }

    /** The tag of the global entries of a VM; likewise. */
    int takeForVm(int vm, IntConsumer remove) {
        return take(~vm, remove);
    }

    /** Whether the owner of entries with this tag is among those. */
    boolean isOf(int tag, Tlb.Target owners) {
        int key = keys[tag];
        return key >= 0 ? owners.includeSpace(key) : owners.includeGlobalsOf(~key);
    }

    /** How many tags have been handed out: those below. */
    int count() {
        return tags.size();
    }

    private int take(int key, IntConsumer remove) {
        Integer known = tags.get(key);
        if (known != null) {
            return known;
        }
        int tag = tags.size();
        if (tag == TlbArray.TAGS - 1) {
            Map.Entry<Integer, Integer> oldest = tags.entrySet().iterator().next();
            tag = oldest.getValue();
            tags.remove(oldest.getKey());
            remove.accept(tag);
        }
        tags.put(key, tag);
        keys[tag] = key;
        return tag;
    }
}
