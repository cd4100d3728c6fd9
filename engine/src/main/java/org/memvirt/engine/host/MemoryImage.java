package org.memvirt.engine.host;

import java.util.Arrays;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.memory.Backing;

/** A copy of a guest's memory, frame by frame of 4 KiB; what is all 0 takes no space. */
public final class MemoryImage {
    private final TreeMap<Long, long[]> frames = new TreeMap<>();

    /** Takes a frame's words; null for all 0. They must not change afterwards. */
    void put(long gpa, long @Nullable [] words) {
        if (words == null) {
            frames.remove(gpa);
        } else {
            frames.put(gpa, words);
        }
    }

    /** The word at {@code gpa}, a multiple of 8. */
    public long load(long gpa) {
        long[] words = frames.get(gpa & -4096L);
        return words == null ? 0 : words[(int) (gpa & 4095) >>> 3];
    }

    /** Frames that are not all 0. */
    public int size() {
        return frames.size();
    }

    /** What those frames take. */
    public long bytes() {
        return 4096L * frames.size();
    }

    /** The first gPA at which a guest's memory differs from the copy, a multiple of 4 KiB; null if none does. */
    @Nullable Long firstDifference(Backing backing) {
        TreeSet<Long> candidates = new TreeSet<>(frames.keySet());
        long granule = 1L << backing.granuleShift();
        for (long at = backing.next(0); at >= 0; at = backing.next(at + granule)) {
            for (long frame = at; frame < at + granule; frame += 4096) {
                candidates.add(frame);
            }
        }
        for (long at = backing.nextTaken(0); at >= 0; at = backing.nextTaken(at + 4096)) {
            candidates.add(at);
        }
        for (long gpa : candidates) {
            if (!Arrays.equals(frames.get(gpa), backing.words(gpa))) {
                return gpa;
            }
        }
        return null;
    }
}
