package org.memvirt.engine.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.memvirt.api.vmm.MemoryRange;

/** Host memory that VMs have in one piece each, and what lies free between them. */
public final class Partitions {
    // By the first address, the address after the last.
    private final TreeMap<Long, Long> free = new TreeMap<>();
    private long taken;
    private long used;
    private long refused;
    private long refusedWithRoom;

    /** @param start first address of all that may be given; {@code end} is the one after the last */
    Partitions(long start, long end) {
        free.put(start, end);
    }

    /** What is free, in ascending order; neighbours are joined. */
    public List<MemoryRange> free() {
        List<MemoryRange> ranges = new ArrayList<>();
        free.forEach((start, end) -> ranges.add(new MemoryRange(start, end - start)));
        return ranges;
    }

    /** Bytes that are free. */
    public long freeBytes() {
        return free().stream().mapToLong(MemoryRange::bytes).sum();
    }

    /** Bytes of the largest free range. */
    public long largestFree() {
        return free().stream().mapToLong(MemoryRange::bytes).max().orElse(0);
    }

    /** Bytes that VMs have, and those of them that no guest was promised. */
    public long takenBytes() {
        return taken;
    }

    /** See {@link #takenBytes}. */
    public long unusedBytes() {
        return taken - used;
    }

    /** Keeps what is free of a range from all VMs. */
    public void withhold(MemoryRange range) {
        for (MemoryRange each : free()) {
            if (each.start() < range.end() && range.start() < each.end()) {
                free.remove(each.start());
                if (each.start() < range.start()) {
                    free.put(each.start(), range.start());
                }
                if (range.end() < each.end()) {
                    free.put(range.end(), each.end());
                }
            }
        }
    }

    /** The first aligned place of so many free bytes, or -1. */
    long firstFit(long bytes, long alignment) {
        for (Map.Entry<Long, Long> range : free.entrySet()) {
            long at = range.getKey() + alignment - 1 & -alignment;
            if (at >= 0 && at <= range.getValue() && range.getValue() - at >= bytes) {
                return at;
            }
        }
        return -1;
    }

    /** A VM of this size found no place. */
    public void refused(long bytes) {
        refused++;
        refusedWithRoom += freeBytes() >= bytes ? 1 : 0;
    }

    /** VMs that found no place. */
    public long refusals() {
        return refused;
    }

    /** Those of them for which there was room, though not in one piece. */
    public long refusalsWithRoom() {
        return refusedWithRoom;
    }

    /** Takes a range; false if not all of it is free. */
    boolean take(long start, long bytes, long usedBytes) {
        Map.Entry<Long, Long> around = free.floorEntry(start);
        if (around == null || around.getValue() - start < bytes) {
            return false;
        }
        free.remove(around.getKey());
        if (around.getKey() < start) {
            free.put(around.getKey(), start);
        }
        if (start + bytes < around.getValue()) {
            free.put(start + bytes, around.getValue());
        }
        taken += bytes;
        used += usedBytes;
        return true;
    }

    /** Takes a range back that was taken. */
    void give(long start, long bytes, long usedBytes) {
        long from = start;
        long to = start + bytes;
        Map.Entry<Long, Long> before = free.lowerEntry(start);
        if (before != null && before.getValue() == start) {
            from = before.getKey();
        }
        Long after = free.remove(to);
        to = after == null ? to : after;
        free.put(from, to);
        taken -= bytes;
        used -= usedBytes;
    }
}
