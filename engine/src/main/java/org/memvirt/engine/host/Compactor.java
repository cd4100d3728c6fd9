package org.memvirt.engine.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.BuddyAllocator;
import org.memvirt.engine.memory.HostMemory;

/** Makes large free pieces of host memory by moving what lies between. Page tables of the VMM, and frames that are shared, stay. */
final class Compactor {
    private final HostMemory host;

    Compactor(HostMemory host) {
        this.host = host;
    }

    private record Granule(Backing backing, long gpa) {}

    /** What lies in one aligned piece of host memory. */
    private static final class Region {
        final List<Granule> movable = new ArrayList<>();
        long movableBytes;
    }

    /**
     * Clears the aligned piece of 2^shift bytes, of at least 2 MiB, in which the least has to be moved.
     *
     * @return whether there is such a piece free now
     */
    boolean clear(int shift) {
        BuddyAllocator frames = host.frames();
        if (frames.largestFree() >= 1L << shift) {
            return true;
        }
        host.backings().forEach(backing -> backing.pieces().giveUpReserved());
        Map<Long, Region> regions = regions(shift);
        Map<Long, Long> free = frames.freeByPiece(shift);
        Set<Long> candidates = new HashSet<>(regions.keySet());
        candidates.retainAll(free.keySet());
        long best = -1;
        long least = Long.MAX_VALUE;
        for (long address : candidates) {
            long bytes = regions.getOrDefault(address, new Region()).movableBytes;
            boolean clearable = bytes + free.getOrDefault(address, 0L) == 1L << shift;
            if (clearable && (bytes < least || bytes == least && address < best)) {
                best = address;
                least = bytes;
            }
        }
        // What is moved needs room elsewhere.
        if (best < 0 || frames.free() - free.getOrDefault(best, 0L) < least) {
            return frames.largestFree() >= 1L << shift;
        }
        frames.beginClearing(best, shift);
        for (Granule granule : regions.getOrDefault(best, new Region()).movable) {
            granule.backing.move(granule.gpa, granule.backing.granuleShift());
        }
        boolean cleared = frames.endClearing();
        if (cleared) {
            host.counts().add(Count.COMPACTED);
        }
        return cleared;
    }

    private Map<Long, Region> regions(int shift) {
        Map<Long, Region> regions = new HashMap<>();
        for (Backing backing : host.backings()) {
            backing.pieces().forEachGranule((gpa, address) -> {
                if (!backing.pieces().isShared(gpa)) {
                    Region region = regions.computeIfAbsent(address & -1L << shift, first -> new Region());
                    region.movable.add(new Granule(backing, gpa));
                    region.movableBytes += 1L << backing.granuleShift();
                }
            });
        }
        return regions;
    }
}
