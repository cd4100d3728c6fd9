package org.memvirt.engine.memory;

import static org.memvirt.engine.memory.Block.NOWHERE;

import org.memvirt.api.vmm.HostChange;
import org.memvirt.engine.count.Count;

/** How pieces of guests come to share frames. */
final class Sharing {
    private Sharing() {}

    /** See {@link Backing#share}. */
    static void share(Backing mine, long gpa, int shift, Backing other, long otherGpa) {
        mine.check(gpa, shift);
        other.check(otherGpa, shift);
        HostMemory host = mine.host();
        if (host != other.host() || mine.granuleShift() != other.granuleShift()) {
            throw new IllegalArgumentException(
                    "guests of different hosts, or backed in different granules, share nothing");
        }
        long granuleBytes = 1L << mine.granuleShift();
        for (long at = 0; at < 1L << shift; at += granuleBytes) {
            long frame = mine.find(gpa + at);
            long otherFrame = other.find(otherGpa + at);
            if (frame == NOWHERE || otherFrame == NOWHERE || !host.memory().isSame(frame, otherFrame, granuleBytes)) {
                throw new IllegalArgumentException("gPA %#x and gPA %#x do not hold the same, and cannot share a frame"
                        .formatted(gpa + at, otherGpa + at));
            }
        }
        other.noteDissolved(otherGpa, shift);
        mine.noteDissolved(gpa, shift);
        other.tell(otherGpa, shift, HostChange.PROTECT);
        mine.tell(gpa, shift, HostChange.REMAP);
        for (long at = 0; at < 1L << shift; at += granuleBytes) {
            long frame = other.find(otherGpa + at);
            if (mine.find(gpa + at) != frame) {
                offer(other, otherGpa + at);
                mine.giveBack(gpa + at);
                Block block = mine.present(gpa + at);
                int granule = mine.map().granule(gpa + at);
                block.put(granule, frame);
                block.setFlags(granule, block.flags(granule) | Block.SHARED);
                host.join(frame);
                host.counts().add(Count.MERGED);
            }
        }
    }

    /** Makes a granule's frame one that others may join. */
    private static void offer(Backing backing, long gpa) {
        Block block = backing.present(gpa);
        int granule = backing.map().granule(gpa);
        if ((block.flags(granule) & Block.SHARED) == 0) {
            backing.host().offer(backing.find(gpa), backing.granuleShift());
            backing.count(-(1L << backing.granuleShift()));
            block.setFlags(granule, block.flags(granule) | Block.SHARED);
        }
    }
}
