package org.memvirt.engine.guest;

import org.jspecify.annotations.Nullable;

/**
 * A few tags of each CPU's own, which it gives to the address spaces that ran there last, as Linux does on x86. The one that
 * was given longest ago is given again, and flushed then. A CPU where a space does not run is not disturbed by its changes:
 * it flushes the space's tag when that runs there again.
 */
final class TagsPerCpu implements SpaceTags {
    private static final class Slots {
        final @Nullable AddressSpace[] holders;
        // By slot, which of the holder's changes have been flushed.
        final long[] upTo;
        int next;

        Slots(int count) {
            holders = new @Nullable AddressSpace[count];
            upTo = new long[count];
        }

        int slotOf(AddressSpace space) {
            for (int slot = 0; slot < holders.length; slot++) {
                if (holders[slot] == space) {
                    return slot;
                }
            }
            return -1;
        }
    }

    private final Slots[] ofCpus;

    /** @param count of tags on each CPU, 1 or more; tag 0 is none of them */
    TagsPerCpu(int cpus, int count) {
        ofCpus = new Slots[cpus];
        for (int cpu = 0; cpu < cpus; cpu++) {
            ofCpus[cpu] = new Slots(count);
        }
    }

    @Override
    public Load load(AddressSpace space, int cpu, Process[] running) {
        Slots slots = ofCpus[cpu];
        int slot = slots.slotOf(space);
        boolean flushes;
        if (slot < 0) {
            slot = slots.next;
            slots.next = (slot + 1) % slots.holders.length;
            // A tag that nobody had has nothing cached.
            flushes = slots.holders[slot] != null;
            slots.holders[slot] = space;
        } else {
            flushes = slots.upTo[slot] != space.changes;
        }
        slots.upTo[slot] = space.changes;
        return new Load(slot + 1, flushes, false);
    }

    @Override
    public boolean isCached(AddressSpace space) {
        return true;
    }

    @Override
    public int tagOn(AddressSpace space, int cpu) {
        return ofCpus[cpu].slotOf(space) + 1;
    }

    @Override
    public boolean areOfAllCpus() {
        return false;
    }

    @Override
    public boolean mustFlush(AddressSpace space, int cpu, boolean runsThere) {
        return runsThere;
    }

    @Override
    public void changed(AddressSpace space) {
        space.changes++;
    }

    @Override
    public void flushed(AddressSpace space, int cpu) {
        Slots slots = ofCpus[cpu];
        slots.upTo[slots.slotOf(space)] = space.changes;
    }
}
