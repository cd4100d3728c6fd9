package org.memvirt.testkit.vmm;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * A guest's memory of which the host takes away, moves, shares and protects one granule at a time. No two neighbours lie side
 * by side, so that nothing comes right by chance, and what is left behind is filled with rubbish.
 */
final class MovableBacking implements GuestBacking {
    private static final long RUBBISH = 0xbad0_bad0_bad0_bad0L;

    private final PhysicalMemory memory;
    private final long size;
    private final int granuleShift;
    private final long granuleBytes;
    private final Map<Long, Granule> granules = new HashMap<>();
    private @Nullable VirtualMachine owner;
    private long next;

    /** A frame, and how many granules lie there. */
    private static final class Frame {
        final long address;
        int users = 1;

        Frame(long address) {
            this.address = address;
        }
    }

    /** Where a granule lies or, if it lies nowhere, what it held. */
    private static final class Granule {
        @Nullable Frame frame;
        long[] saved = {};
        boolean isProtected;
    }

    /** @param start where in host memory the frames may lie from, aligned to the guest's largest page */
    MovableBacking(PhysicalMemory memory, long start, long size, int granuleShift) {
        this.memory = memory;
        this.size = size;
        this.granuleShift = granuleShift;
        granuleBytes = 1L << granuleShift;
        next = start;
    }

    /** Names the VM that is told of changes. */
    void attach(VirtualMachine machine) {
        owner = machine;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int granuleShift() {
        return granuleShift;
    }

    @Override
    public long find(long gpa) {
        Granule granule = granules.get(gpa >>> granuleShift);
        return granule == null || granule.frame == null ? -1 : granule.frame.address + (gpa & granuleBytes - 1);
    }

    @Override
    public int rights(long gpa) {
        Granule granule = granules.get(gpa >>> granuleShift);
        if (granule == null || granule.frame == null) {
            return Rights.NONE;
        }
        return granule.isProtected || granule.frame.users > 1 ? Rights.ALL & ~Rights.WRITE : Rights.ALL;
    }

    @Override
    public int contiguousShift(long gpa) {
        return find(gpa) < 0 ? -1 : granuleShift;
    }

    @Override
    public long populate(long gpa, int needed) {
        if (gpa < 0 || gpa >= size) {
            throw new IllegalArgumentException("the guest has no memory at %#x".formatted(gpa));
        }
        Granule granule = granules.computeIfAbsent(gpa >>> granuleShift, number -> new Granule());
        if (granule.frame == null) {
            granule.frame = fresh();
            fill(granule.frame, granule.saved);
        }
        if ((needed & Rights.WRITE) != 0) {
            granule.isProtected = false;
            if (granule.frame.users > 1) {
                move(gpa & -granuleBytes);
            }
        }
        return find(gpa);
    }

    private Frame fresh() {
        // Not in the guest's order.
        next += 3 * granuleBytes;
        return new Frame(next);
    }

    @Override
    public long reserveContiguous() {
        long base = next;
        for (long gpa = 0; gpa < size; gpa += granuleBytes) {
            Granule granule = new Granule();
            granule.frame = new Frame(base + gpa);
            granules.put(gpa >>> granuleShift, granule);
        }
        next += size;
        return base;
    }

    // What the host does, each to the granule that begins at gpa and is there.

    /** Moves it to another frame; one that is shared gets a frame of its own. */
    void move(long gpa) {
        Granule granule = present(gpa);
        Frame from = Objects.requireNonNull(granule.frame);
        tell(gpa, HostChange.REMAP);
        Frame to = fresh();
        fill(to, words(from));
        leave(from);
        granule.frame = to;
    }

    /** Takes it away until the guest needs it. */
    void evict(long gpa) {
        Granule granule = present(gpa);
        Frame from = Objects.requireNonNull(granule.frame);
        tell(gpa, HostChange.UNMAP);
        granule.saved = words(from);
        leave(from);
        granule.frame = null;
    }

    /** Has the next store to it noticed. */
    void protect(long gpa) {
        Granule granule = present(gpa);
        tell(gpa, HostChange.PROTECT);
        granule.isProtected = true;
    }

    boolean isProtected(long gpa) {
        return present(gpa).isProtected;
    }

    /** Has its accessed bit cleared. */
    void age(long gpa) {
        tell(gpa, HostChange.AGE);
    }

    /** Lets it lie where one of the same or another guest does, if they hold the same; false if they do not. */
    boolean share(long gpa, MovableBacking other, long otherGpa) {
        Granule granule = present(gpa);
        Granule target = other.present(otherGpa);
        Frame from = Objects.requireNonNull(granule.frame);
        Frame to = Objects.requireNonNull(target.frame);
        if (from == to || !Arrays.equals(words(from), words(to))) {
            return false;
        }
        other.tell(otherGpa, HostChange.PROTECT);
        tell(gpa, HostChange.REMAP);
        leave(from);
        to.users++;
        granule.frame = to;
        return true;
    }

    private Granule present(long gpa) {
        Granule granule = granules.get(gpa >>> granuleShift);
        if (granule == null || granule.frame == null) {
            throw new AssertionError("no memory lies behind gPA %#x".formatted(gpa));
        }
        return granule;
    }

    private void leave(Frame frame) {
        frame.users--;
        if (frame.users == 0) {
            long[] rubbish = new long[(int) (granuleBytes / Long.BYTES)];
            Arrays.fill(rubbish, RUBBISH);
            fill(frame, rubbish);
        }
    }

    private void fill(Frame frame, long[] words) {
        for (int at = 0; at < words.length; at++) {
            memory.store(frame.address + (long) at * Long.BYTES, words[at]);
        }
    }

    private long[] words(Frame frame) {
        long[] words = new long[(int) (granuleBytes / Long.BYTES)];
        for (int at = 0; at < words.length; at++) {
            words[at] = memory.load(frame.address + (long) at * Long.BYTES);
        }
        return words;
    }

    private void tell(long gpa, HostChange change) {
        Objects.requireNonNull(owner).hostMappingChanged(gpa, granuleBytes, change);
    }
}
