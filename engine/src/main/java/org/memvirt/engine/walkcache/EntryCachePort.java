package org.memvirt.engine.walkcache;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

/**
 * A host port with a cache of table entries by their host-physical address, over both stages (the page walk cache of
 * Bhargava et al., ASPLOS 2008). A hit saves the one reference. Entries of level 1 are not kept, nor is one that turns out
 * to be invalid: an entry is kept when the walk goes on after reading it. A wide entry is kept as a whole.
 */
public final class EntryCachePort extends ForwardingPort implements BatchPort {
    private final @Nullable BatchPort batchHost;
    private final AssociativeCache places;
    private final EntryReplay replay;
    private final long[] counts = new long[Walk.LEVELS];
    // Of wide entries, at their slot: all words. Empty until one is read.
    private long[] wide = {};
    // The entry that was read last: its first word's address, how many words, and these.
    private long pendingAddress = Walk.NOWHERE;
    private int pendingWords;
    private final long[] pending = new long[Walk.MOST_WORDS];

    public EntryCachePort(WalkCachePreset preset, WalkPort host) {
        super(host);
        if (preset.kind() != WalkCachePreset.Kind.ENTRY || preset.arrays().size() != 1) {
            throw new IllegalArgumentException("walk cache '" + preset.name() + "' is not one array of entries");
        }
        WalkCachePreset.Array array = preset.arrays().getFirst();
        places = new AssociativeCache(array.sets(), array.ways());
        replay = new EntryReplay(places, array.sets(), array.ways(), counts);
        batchHost = host instanceof BatchPort batching ? batching : null;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        keepPendingOf(walk);
        if (level < 2) {
            return super.readEntry(walk, level, address);
        }
        int slot = find(walk, level, address, 1);
        if (slot != AssociativeCache.NONE) {
            return places.words[slot + AssociativeCache.CONTENT];
        }
        pending[0] = super.readEntry(walk, level, address);
        pendingAddress = address;
        pendingWords = 1;
        return pending[0];
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        keepPendingOf(walk);
        if (level < 2) {
            return super.readWideEntry(walk, level, address, hostAddress, words);
        }
        if (wide.length == 0) {
            wide = new long[places.words.length];
        }
        int slot = find(walk, level, address, words);
        if (slot != AssociativeCache.NONE) {
            System.arraycopy(wide, slot, walk.words, 0, words);
            return walk.words[0];
        }
        long first = super.readWideEntry(walk, level, address, hostAddress, words);
        System.arraycopy(walk.words, 0, pending, 0, words);
        pendingAddress = address;
        pendingWords = words;
        return first;
    }

    /** Looks an entry up, and counts that. */
    private int find(Walk walk, int level, long address, int words) {
        long number = address >>> 3;
        int slot = places.find(places.setOf(number), number, words);
        if (slot == AssociativeCache.NONE) {
            counts[0]++;
        } else {
            counts[level]++;
            walk.hostAddress = address;
            walk.trail.skip(1);
        }
        return slot;
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return readEntry(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        long number = hostAddress >>> 3;
        int widest = wide.length == 0 ? 1 : Walk.MOST_WORDS;
        for (int words = 1; words <= widest; words <<= 1) {
            int slot = places.peek(number & -words, words);
            if (slot != AssociativeCache.NONE) {
                places.remove(slot);
            }
        }
        if (pendingAddress != Walk.NOWHERE && pendingAddress >>> 3 == (number & -pendingWords)) {
            pending[(int) number & pendingWords - 1] = update;
        }
        return super.updateEntry(walk, level, address, hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        keepPending();
        super.resolveLeaf(walk);
    }

    @Override
    public int readBatch(WalkBatch walks, int cell, long[] addresses, long[] words, int count) {
        int plain = batchHost == null ? 0 : batchHost.readBatch(walks, cell, addresses, words, count);
        if (EntryReplay.level(cell) >= 2) {
            replay.note(cell, addresses, words, plain);
        }
        return plain;
    }

    @Override
    public int resolveBatch(WalkBatch walks, int count) {
        return batchHost == null ? 0 : batchHost.resolveBatch(walks, count);
    }

    /** What walks made side by side have read; {@link EntryReplay#begin} before they are made. */
    public EntryReplay replay() {
        return replay;
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

    private void keepPendingOf(Walk walk) {
        if (walk.trail.uncached() == 0) {
            // A new walk: the last one ended with the entry that was read last.
            pendingAddress = Walk.NOWHERE;
        }
        keepPending();
    }

    private void keepPending() {
        if (pendingAddress != Walk.NOWHERE) {
            long number = pendingAddress >>> 3;
            int slot = places.peek(number, pendingWords);
            if (slot == AssociativeCache.NONE) {
                slot = places.insert(places.setOf(number), number, pendingWords);
            }
            if (pendingWords == 1) {
                places.words[slot + AssociativeCache.CONTENT] = pending[0];
            } else {
                System.arraycopy(pending, 0, wide, slot, pendingWords);
            }
            pendingAddress = Walk.NOWHERE;
        }
    }
}
