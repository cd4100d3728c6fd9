package org.memvirt.engine.cpu;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationEffect;
import org.memvirt.api.invalidation.InvalidationScope;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.api.invalidation.TagMatch;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;

/**
 * The table entries that one core has read and may still hold, as a cache without bounds holds them: each until it was made
 * invalid and an invalidation reached it. A store that changes one of them where its format {@linkplain
 * RadixFormat#needsBreak asks for a break}, is told.
 */
final class LiveEntries implements HostPort.ReadListener {
    private static final int FRAME_SHIFT = 12;

    private final Core core;
    private final @Nullable PageTableFormat stageTwo;
    private final Consumer<String> broken;
    // By frame of host memory, and then by address.
    private final Map<Long, Map<Long, Entry>> frames = new HashMap<>();
    // Those of them in whose place memory holds something else now.
    private final Set<Entry> stale = new LinkedHashSet<>();
    // By the tags of what was read, when all under them was removed last; counted in reads.
    private final Map<CacheTags, Long> emptied = new HashMap<>();
    private long reads;

    /**
     * @param stageTwo the format of second stages, or null
     * @param broken is told of each store that breaks the rule
     */
    LiveEntries(Core core, @Nullable PageTableFormat stageTwo, Consumer<String> broken) {
        this.core = core;
        this.stageTwo = stageTwo;
        this.broken = broken;
    }

    private static final class Entry {
        final RadixFormat format;
        final int level;
        final long address;
        final Stage stage;
        final long input;
        final Vcpu reader;
        final CacheTags tags;
        final long root;
        long value;
        long readAt;
        // Whether memory holds something else now; and what must be removed then: what was made of it alone, and of both stages.
        boolean isStale;
        boolean wasInvalid;
        boolean ownHeld;
        boolean combinedHeld;

        Entry(RadixFormat format, int level, Walk walk, long address, Vcpu reader, long value) {
            this.format = format;
            this.level = level;
            this.address = address;
            this.reader = reader;
            this.value = value;
            stage = walk.stage();
            tags = reader.caching().tags();
            root = walk.root;
            input = walk.inputAddress & -1L << shift();
        }

        /** Whether it is the same still: memory, and the tags that software gives out, change their use. */
        boolean isOf(RadixFormat itsFormat, int itsLevel, Vcpu itsReader) {
            return format == itsFormat && level == itsLevel && reader == itsReader && hasTagsOf(itsReader);
        }

        private boolean hasTagsOf(Vcpu vcpu) {
            CacheTags now = vcpu.caching().tags();
            return isGlobal() ? tags.vm() == now.vm() : tags.equals(now);
        }

        /** Whether hardware may read it at any time. */
        boolean isLoaded() {
            return stage == Stage.STAGE_2 || reader.tables().rootOf(input) == root && hasTagsOf(reader);
        }

        /** Offset bits of what the entry covers. */
        int shift() {
            return level == 1 ? format.pageShifts().getFirst() : format.coverShift(level - 1);
        }

        boolean isLeaf() {
            return format.isLeaf(value, level);
        }

        /** Whether what is cached of it may hold in every address space. */
        boolean isGlobal() {
            return isLeaf() && format.isGlobal(value);
        }
    }

    @Override
    public void reads(Walk walk, int level, long address, long word) {
        Vcpu reader = core.occupant();
        if (reader == null) {
            return;
        }
        PageTableFormat format =
                walk.stage() == Stage.STAGE_2 ? stageTwo : reader.tables().formatOf(walk.inputAddress);
        if (format instanceof RadixFormat radix && radix.breaksBeforeMake() && radix.isPresent(word)) {
            read(radix, walk, level, address, word, reader);
        }
    }

    private void read(RadixFormat format, Walk walk, int level, long address, long word, Vcpu reader) {
        Map<Long, Entry> inFrame = frames.computeIfAbsent(address >>> FRAME_SHIFT, frame -> new HashMap<>());
        Entry known = inFrame.get(address);
        if (known == null || !known.isOf(format, level, reader)) {
            if (known != null) {
                stale.remove(known);
            }
            known = new Entry(format, level, walk, address, reader, word);
            inFrame.put(address, known);
            emptied.putIfAbsent(known.tags, 0L);
        } else if (known.isStale) {
            replace(known, word);
        }
        known.readAt = ++reads;
    }

    /** Caches may hold what memory holds now, besides what they hold. */
    private void replace(Entry entry, long word) {
        if (entry.format.needsBreak(entry.value, word, entry.level)) {
            broken.accept(told(entry, word));
        }
        entry.isStale = false;
        entry.wasInvalid = false;
        stale.remove(entry);
        entry.value = word;
    }

    /** A word is about to be stored. */
    void stores(long address, long value) {
        Map<Long, Entry> inFrame = frames.get(address >>> FRAME_SHIFT);
        Entry entry = inFrame == null ? null : inFrame.get(address);
        if (entry == null) {
            return;
        }
        if (entry.stage == Stage.STAGE_1 && isBeyondReach(entry)) {
            forget(entry);
            return;
        }
        boolean present = entry.format.isPresent(value);
        if (present && (entry.isLoaded() || !entry.format.needsBreak(entry.value, value, entry.level))) {
            replace(entry, value);
            return;
        }
        // What is not loaded may be held still; it counts when it is read again, under the same tags.
        entry.wasInvalid |= !present;
        if (!entry.isStale) {
            entry.isStale = true;
            entry.ownHeld = true;
            entry.combinedHeld = entry.stage == Stage.STAGE_2;
            stale.add(entry);
        }
    }

    /**
     * Whether hardware cannot use the entry any more: its vCPU went elsewhere, and what it left here goes when it comes back; or
     * nothing is cached of it, and its table is not loaded.
     */
    private boolean isBeyondReach(Entry entry) {
        return entry.reader.core() != core
                || !entry.isStale && !entry.isLoaded() && entry.readAt <= emptied.getOrDefault(entry.tags, 0L);
    }

    private String told(Entry entry, long value) {
        return ("break-before-make: the entry of level %d of %s at hPA %#x, for %#x, becomes %#x, but core %d may still"
                + " hold %#x: %s")
                        .formatted(
                                entry.format.levelNumber(entry.level),
                                entry.format.name(),
                                entry.address,
                                entry.input,
                                value,
                                core.number(),
                                entry.value,
                                entry.wasInvalid
                                        ? "it was made invalid, but not invalidated"
                                        : "it was not made invalid first");
    }

    /** Memory has another use. */
    void overwritten(long address, long bytes) {
        long last = address + bytes - 1 >>> FRAME_SHIFT;
        for (long frame = address >>> FRAME_SHIFT; frame <= last; frame++) {
            for (Entry entry : List.copyOf(frames.getOrDefault(frame, Map.of()).values())) {
                if (entry.address >= address && entry.address < address + bytes) {
                    forget(entry);
                }
            }
        }
    }

    private void forget(Entry entry) {
        stale.remove(entry);
        Map<Long, Entry> inFrame = frames.getOrDefault(entry.address >>> FRAME_SHIFT, Map.of());
        if (inFrame.get(entry.address) == entry) {
            inFrame.remove(entry.address);
        }
    }

    // What is removed from caches.

    /** Caches here lose what an operation removes: of that, what is invalid is held no more. */
    void removed(InvalidationEffect removal, CacheTags current, Operand operand) {
        if (removal.translations() == InvalidationScope.ALL) {
            emptied.replaceAll(
                    (tags, last) -> removal.reaches(tags, current, operand.given()) ? reads : last);
        }
        for (Entry entry : stale.isEmpty() ? List.<Entry>of() : List.copyOf(stale)) {
            remove(entry, removal, current, operand);
            if (!entry.ownHeld && !entry.combinedHeld) {
                forget(entry);
            }
        }
    }

    /** Caches here are emptied. */
    void removedAll() {
        emptied.replaceAll((tags, last) -> reads);
        List.copyOf(stale).forEach(this::forget);
    }

    private static void remove(Entry entry, InvalidationEffect removal, CacheTags current, Operand operand) {
        InvalidationScope scope = entry.isLeaf() ? removal.translations() : removal.tables();
        if (scope == InvalidationScope.NONE) {
            return;
        }
        if (entry.stage == Stage.STAGE_2) {
            if (removal.reachesStageTwo(entry.tags, current, operand.given())
                    && covers(scope, entry, operand.guestPhysical(), operand.guestPhysicalBytes())) {
                entry.ownHeld = false;
            }
            if (scope == InvalidationScope.ALL
                    && removal.kinds().contains(MappingKind.COMBINED)
                    && removal.asid() == TagMatch.ANY
                    && removal.reaches(entry.tags, current, operand.given())) {
                entry.combinedHeld = false;
            }
            return;
        }
        boolean reached = removal.reaches(entry.tags, current, operand.given())
                || entry.isGlobal() && removal.reachesGlobals(entry.tags, current, operand.given());
        if (reached && covers(scope, entry, operand.address(), operand.bytes())) {
            entry.ownHeld = false;
        }
    }

    private static boolean covers(InvalidationScope scope, Entry entry, long address, long bytes) {
        return scope == InvalidationScope.ALL
                || bytes != 0 && address < entry.input + (1L << entry.shift()) && entry.input < address + bytes;
    }
}
