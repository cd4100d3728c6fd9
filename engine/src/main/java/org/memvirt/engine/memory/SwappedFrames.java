package org.memvirt.engine.memory;

import java.util.BitSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a guest's memory held when the host took it away, by guest-physical address; frames of zeroes take no space. */
final class SwappedFrames {
    private static final int FRAME = 1 << BuddyAllocator.FRAME_SHIFT;

    private final PhysicalMemory memory;
    private final int granuleShift;
    private final BitSet granules = new BitSet();
    private final TreeMap<Long, long[]> frames = new TreeMap<>();

    SwappedFrames(PhysicalMemory memory, int granuleShift) {
        this.memory = memory;
        this.granuleShift = granuleShift;
    }

    /** Keeps what lies at a host address as what the granule at {@code gpa} held. */
    void save(long gpa, long hostAddress) {
        granules.set((int) (gpa >>> granuleShift));
        for (long at = 0; at < 1L << granuleShift; at += FRAME) {
            long[] words = memory.words(hostAddress + at, FRAME);
            if (words != null) {
                frames.put(gpa + at, words);
            }
        }
    }

    /** Bytes of the granules that are kept. */
    long bytes() {
        return (long) granules.cardinality() << granuleShift;
    }

    /** What is kept of a frame; null for nothing but zeroes. */
    long @Nullable [] words(long gpa) {
        return frames.get(gpa);
    }

    /** The first frame from {@code gpa} on of which words are kept; -1 when there is none. */
    long next(long gpa) {
        Long first = frames.ceilingKey(gpa);
        return first == null ? -1 : first;
    }

    /** Forgets what is kept of a range of granules. */
    void forget(long gpa, long bytes) {
        granules.clear((int) (gpa >>> granuleShift), (int) (gpa + bytes >>> granuleShift));
        frames.subMap(gpa, gpa + bytes).clear();
    }

    /** Whether anything is kept of a range of granules. */
    boolean hasAny(long gpa, long bytes) {
        int first = granules.nextSetBit((int) (gpa >>> granuleShift));
        return first >= 0 && first < gpa + bytes >>> granuleShift;
    }

    /**
     * Writes what the granule at {@code gpa} held to a host address whose memory is all 0, and forgets it.
     *
     * @return whether anything was kept of it
     */
    boolean restore(long gpa, long hostAddress) {
        NavigableMap<Long, long[]> kept = frames.subMap(gpa, true, gpa + (1L << granuleShift), false);
        for (Map.Entry<Long, long[]> frame : kept.entrySet()) {
            long to = hostAddress + frame.getKey() - gpa;
            long[] words = frame.getValue();
            for (int at = 0; at < words.length; at++) {
                memory.store(to + (long) at * Long.BYTES, words[at]);
            }
        }
        kept.clear();
        boolean taken = granules.get((int) (gpa >>> granuleShift));
        granules.clear((int) (gpa >>> granuleShift));
        return taken;
    }
}
