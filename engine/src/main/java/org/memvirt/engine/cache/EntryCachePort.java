package org.memvirt.engine.cache;

import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * A host port with a cache of table entries by their host-physical address, over both stages (the page walk cache of
 * Bhargava et al., ASPLOS 2008). A hit saves the one reference. Entries of level 1 are not kept, nor is one that turns out
 * to be invalid: an entry is kept when the walk goes on after reading it.
 */
public final class EntryCachePort extends ForwardingPort {
    private final AssociativeCache places;
    private final long[] counts = new long[Walk.LEVELS];
    private long pendingAddress = Walk.NOWHERE;
    private long pendingEntry;

    public EntryCachePort(WalkCachePreset preset, WalkPort host) {
        super(host);
        if (preset.kind() != WalkCachePreset.Kind.ENTRY || preset.arrays().size() != 1) {
            throw new IllegalArgumentException("walk cache '" + preset.name() + "' is not one array of entries");
        }
        WalkCachePreset.Array array = preset.arrays().getFirst();
        places = new AssociativeCache(array.sets(), array.ways());
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        if (walk.trail.uncached() == 0) {
            // A new walk: the last one ended with the entry that was read last.
            pendingAddress = Walk.NOWHERE;
        }
        keepPending();
        if (level < 2) {
            return super.readEntry(walk, level, address);
        }
        long number = address >>> 3;
        int slot = places.find(places.setOf(number), number, 0);
        if (slot != AssociativeCache.NONE) {
            counts[level]++;
            walk.hostAddress = address;
            walk.trail.skip(1);
            return places.words[slot + AssociativeCache.CONTENT];
        }
        counts[0]++;
        long read = super.readEntry(walk, level, address);
        pendingAddress = address;
        pendingEntry = read;
        return read;
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return readEntry(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        long number = hostAddress >>> 3;
        int slot = places.peek(number, 0);
        if (slot != AssociativeCache.NONE) {
            places.remove(slot);
        }
        if (pendingAddress >>> 3 == number) {
            pendingEntry = update;
        }
        return super.updateEntry(walk, level, address, hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        keepPending();
        super.resolveLeaf(walk);
    }

    /** Removes everything. */
    public void invalidateAll() {
        places.clear();
        pendingAddress = Walk.NOWHERE;
    }

    /** Look-ups: at index 0 those that found nothing, else hits by the entry's level; live, for reading. */
    public long[] counts() {
        return counts;
    }

    private void keepPending() {
        if (pendingAddress != Walk.NOWHERE) {
            long number = pendingAddress >>> 3;
            int slot = places.peek(number, 0);
            if (slot == AssociativeCache.NONE) {
                slot = places.insert(places.setOf(number), number, 0);
            }
            places.words[slot + AssociativeCache.CONTENT] = pendingEntry;
            pendingAddress = Walk.NOWHERE;
        }
    }
}
