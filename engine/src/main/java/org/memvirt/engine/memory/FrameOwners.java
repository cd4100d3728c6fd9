package org.memvirt.engine.memory;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** For audits: which part of host memory is whose, as the blocks of all guests tell it. */
final class FrameOwners {
    // By first address: the bytes that one granule has for itself, or that several share.
    private final TreeMap<Long, Long> pieces = new TreeMap<>();
    private final Map<Long, Integer> sharers = new HashMap<>();
    private final List<String> broken;
    private long bytes;

    /** @param broken takes a message for each frame that has two owners */
    FrameOwners(List<String> broken) {
        this.broken = broken;
    }

    /** Adds what a guest has. */
    void add(Backing backing) {
        long granule = 1L << backing.granuleShift();
        backing.map().forEachBlock(block -> {
            if (block.wholeAddress() != Block.NOWHERE) {
                own(block.wholeAddress(), 1L << backing.map().blockShift());
            } else {
                block.forEachReserved(address -> own(address, granule));
                block.forEachThere((address, flags) -> {
                    if ((flags & Block.SHARED) == 0) {
                        own(address, granule);
                    } else if (sharers.merge(address, 1, Integer::sum) == 1) {
                        own(address, granule);
                    }
                });
            }
        });
    }

    private void own(long address, long size) {
        Map.Entry<Long, Long> below = pieces.lowerEntry(address + size);
        if (below != null && below.getKey() + below.getValue() > address) {
            broken.add("the frame at hPA %#x has two owners, and is not shared".formatted(address));
        }
        pieces.put(address, size);
        bytes += size;
    }

    /** Bytes of all that was added. */
    long bytes() {
        return bytes;
    }

    /** How many granules share each frame, by its address. */
    Map<Long, Integer> sharers() {
        return sharers;
    }
}
