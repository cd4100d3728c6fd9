package org.memvirt.engine.tlb;

import java.util.BitSet;
import org.memvirt.api.tlb.Tlb;

/** The tags that spaces and VMs have in some groups of TLBs, and those of the space that is current. */
final class SpaceTags {
    private final Tags tags = new Tags();
    private final TlbGroup[] groups;
    private int current;
    private int globals;

    SpaceTags(TlbGroup[] groups) {
        this.groups = groups;
    }

    /** The tag of entries of the current space. */
    int current() {
        return current;
    }

    /** The tag of its VM's global entries. */
    int globals() {
        return globals;
    }

    void select(int vm, int space) {
        tags.select(space, vm, this::used);
        current = tags.tag();
        globals = tags.globalTag();
    }

    private BitSet used() {
        BitSet used = new BitSet();
        for (TlbGroup group : groups) {
            for (TlbArray array : group.arrays) {
                for (int place = 0; place < array.entries(); place++) {
                    int entry = array.entryAt(place);
                    if (array.isValid(entry)) {
                        used.set(array.tag(entry));
                    }
                }
            }
        }
        return used;
    }

    /** Whether so many spaces have entries at once that only {@link TlbArray#find} tells them apart. */
    boolean areWide() {
        return tags.areWide();
    }

    /** By tag, whether it is one of these owners'. */
    boolean[] of(Tlb.Target owners) {
        boolean[] chosen = new boolean[tags.count()];
        for (int any = 0; any < chosen.length; any++) {
            chosen[any] = tags.isOf(any, owners);
        }
        return chosen;
    }
}
