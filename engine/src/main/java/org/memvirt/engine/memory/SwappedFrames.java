package org.memvirt.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a guest's memory held when the host took it away, by guest-physical address; frames of zeroes take no space. */
final class SwappedFrames {
    private static final int FRAME = 1 << FrameAllocator.FRAME_SHIFT;

    private final PhysicalMemory memory;
    private final TreeMap<Long, long[]> frames = new TreeMap<>();

    SwappedFrames(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** Keeps what lies at a host address as what the guest had at {@code gpa}. */
    void save(long gpa, long hostAddress, long bytes) {
        for (long at = 0; at < bytes; at += FRAME) {
            long[] words = memory.words(hostAddress + at, FRAME);
            if (words != null) {
                frames.put(gpa + at, words);
            }
        }
    }

    /** Whether anything is kept of the range. */
    boolean hasAny(long gpa, long bytes) {
        Long first = frames.ceilingKey(gpa);
        return first != null && first < gpa + bytes;
    }

    /** Writes what the guest had at {@code gpa} to a host address whose memory is all 0, and forgets it. */
    void restore(long gpa, long hostAddress, long bytes) {
        List<Long> restored = new ArrayList<>();
        for (Map.Entry<Long, long[]> frame : frames.subMap(gpa, gpa + bytes).entrySet()) {
            long to = hostAddress + frame.getKey() - gpa;
            long[] words = frame.getValue();
            for (int at = 0; at < words.length; at++) {
                memory.store(to + (long) at * Long.BYTES, words[at]);
            }
            restored.add(frame.getKey());
        }
        restored.forEach(frames::remove);
    }
}
