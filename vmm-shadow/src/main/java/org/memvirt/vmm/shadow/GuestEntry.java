package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a guest's page table, from which something was built: shadow entries where it is the last that a walk reads,
 * links where it leads to a table that has a shadow page of its own, else other entries that walks read after it.
 */
final class GuestEntry {
    final GuestTable table;
    /** Guest-physical, a multiple of its size. */
    final long address;
    /** What it held when the latest of what was built from it was built. */
    long value;

    private final int bytes;

    private final Set<GuestEntry> below = new LinkedHashSet<>(2);
    private final List<GuestEntry> above = new ArrayList<>(1);
    private @Nullable Built first;
    private boolean pinned;
    /** Whether its table counts it among those that lead on. */
    private boolean counted;

    /** @param bytes its size, 4 or 8 */
    GuestEntry(GuestTable table, long address, int bytes) {
        this.table = table;
        this.address = address;
        this.bytes = bytes;
    }

    /** An entry of that size at an address, in the aligned word that contains it. */
    static long valueIn(long word, long address, int bytes) {
        return bytes == Long.BYTES ? word : word >>> ((address & 4) << 3) & 0xffff_ffffL;
    }

    /** What it would hold if the aligned word that contains it were this. */
    long valueIn(long word) {
        return valueIn(word, address, bytes);
    }

    /** Keeps it while something is being built from it. */
    void pin(boolean newPinned) {
        pinned = newPinned;
    }

    boolean isUsed() {
        return pinned || first != null || !below.isEmpty();
    }

    /** Whether walks go on from here to other entries. */
    boolean leadsOn() {
        return !below.isEmpty() || first instanceof ShadowLink;
    }

    private void count() {
        if (leadsOn() != counted) {
            counted = !counted;
            table.countLeading(counted ? 1 : -1);
        }
    }

    /** A walk that read this has read {@code next} after it. */
    void leadsTo(GuestEntry next) {
        if (below.add(next)) {
            next.above.add(this);
            count();
        }
    }

    void add(Built built) {
        Built second = first;
        built.nextOfOrigin = second;
        if (second != null) {
            second.previousOfOrigin = built;
        }
        first = built;
        count();
    }

    void remove(Built built) {
        Built previous = built.previousOfOrigin;
        Built next = built.nextOfOrigin;
        if (previous == null) {
            first = next;
        } else {
            previous.nextOfOrigin = next;
        }
        if (next != null) {
            next.previousOfOrigin = previous;
        }
        built.previousOfOrigin = null;
        built.nextOfOrigin = null;
        count();
    }

    /** The first of what was built from it, or null. */
    @Nullable Built first() {
        return first;
    }

    /** Cuts the ways on, and tells where they led. */
    List<GuestEntry> cutBelow() {
        List<GuestEntry> led = List.copyOf(below);
        below.clear();
        led.forEach(entry -> entry.above.remove(this));
        count();
        return led;
    }

    /** Cuts the ways that lead here, and tells where they came from. */
    List<GuestEntry> cutAbove() {
        List<GuestEntry> came = List.copyOf(above);
        above.clear();
        came.forEach(entry -> {
            entry.below.remove(this);
            entry.count();
        });
        return came;
    }

    @Override
    public String toString() {
        return "the guest's table entry at gPA %#x".formatted(address);
    }
}
