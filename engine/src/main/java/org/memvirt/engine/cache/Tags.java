package org.memvirt.engine.cache;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * The short tags under which a TLB keeps the entries of spaces, and of the VMs of global entries. There are {@link
 * TlbArray#TAGS} of them; when they run out, the one that was selected least recently is taken, after its entries are
 * removed.
 */
final class Tags {
    /** What {@link #find} answers for what has no tag: no entry has it either. */
    static final int NONE = -1;

    private static final int GLOBAL = -1;

    // By VM and space, or GLOBAL; the least recently selected first.
    private final Map<Long, Integer> tags = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Integer, Integer> vmOfTag = new HashMap<>();

    /** The tag of a space; {@code remove} is told to empty a tag that must be taken from another. */
    int ofSpace(int vm, int space, IntConsumer remove) {
        return take(vm, key(vm, space), remove);
    }

    /** The tag of the global entries of a VM. */
    int ofVm(int vm, IntConsumer remove) {
        return take(vm, key(vm, GLOBAL), remove);
    }

    /** The tag of a space, or {@link #NONE}. */
    int find(int vm, int space) {
        return tags.getOrDefault(key(vm, space), NONE);
    }

    /** The tag of the global entries of a VM, or {@link #NONE}. */
    int find(int vm) {
        return find(vm, GLOBAL);
    }

    /** Whether entries with this tag belong to the VM. */
    boolean isOfVm(int tag, int vm) {
        return vmOfTag.getOrDefault(tag, NONE) == vm;
    }

    private int take(int vm, long key, IntConsumer remove) {
        Integer known = tags.get(key);
        if (known != null) {
            return known;
        }
        int tag = tags.size();
        if (tag == TlbArray.TAGS - 1) {
            Map.Entry<Long, Integer> oldest = tags.entrySet().iterator().next();
            tag = oldest.getValue();
            tags.remove(oldest.getKey());
            remove.accept(tag);
        }
        tags.put(key, tag);
        vmOfTag.put(tag, vm);
        return tag;
    }

    private static long key(int vm, int space) {
        return (long) vm << 32 | space & 0xffff_ffffL;
    }
}
