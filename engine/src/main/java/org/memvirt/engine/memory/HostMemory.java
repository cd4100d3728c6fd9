package org.memvirt.engine.memory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.table.TableFrames;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.memory.BuddyAllocator.Pool;

/**
 * The host's memory manager: owns physical memory and, for every VM, what lies behind its guest-physical addresses.
 */
public final class HostMemory {
    private final PhysicalMemory memory;
    private final BuddyAllocator frames;
    private final Partitions partitions;
    private final VmmTables vmmTables = new VmmTables();
    private final List<Backing> backings = new ArrayList<>();
    // Of frames that granules share, by address: how many granules do.
    private final Map<Long, Integer> sharers = new HashMap<>();
    private final Counts counts = new Counts();
    private long sharedBytes;
    private long reserve;
    private Runnable reclaimer = () -> {};

    /** @param reserved bytes at the bottom that nobody is given: the VMM's own image */
    public HostMemory(PhysicalMemory memory, long reserved) {
        this.memory = memory;
        frames = new BuddyAllocator("host", reserved, memory.size());
        partitions = new Partitions(reserved, memory.size());
    }

    public PhysicalMemory memory() {
        return memory;
    }

    /** What it has done. */
    public Counts counts() {
        return counts;
    }

    /** Who has which frame. */
    public BuddyAllocator frames() {
        return frames;
    }

    /** What lies behind each guest, in the order of their making. */
    public List<Backing> backings() {
        return Collections.unmodifiableList(backings);
    }

    /** Memory for the VMM's page tables. */
    public VmmTables vmmTables() {
        return vmmTables;
    }

    /**
     * The backing of a new VM.
     *
     * @param size of its memory in bytes, a multiple of the granule
     * @param pieceShifts offset bits of the pieces that it is backed in: the largest wherever it fits, and smaller ones at the
     *     end of the memory. The smallest is the granule, which the host can move or take away by itself; at least 12
     */
    public Backing backing(long size, List<Integer> pieceShifts) {
        return backing(size, pieceShifts, false);
    }

    /**
     * The same.
     *
     * @param transparent whether pieces may be granules where the host is short of memory in large ones
     */
    public Backing backing(long size, List<Integer> pieceShifts, boolean transparent) {
        Backing backing = new Backing(this, frames, size, pieceShifts, transparent);
        backings.add(backing);
        return backing;
    }

    // Pressure.

    /**
     * Names who makes room when less than {@code bytes} are free.
     *
     * @param bytes that are kept for single frames and tables, for one fault of a guest and more
     */
    public void keepFree(long bytes, Runnable reclaims) {
        reserve = bytes;
        reclaimer = reclaims;
    }

    /** Makes room if need be; called before a VMM answers a fault, when nobody relies on where anything lies. */
    public void makeRoom() {
        if (frames.free() < reserve) {
            reclaimer.run();
        }
    }

    /** Whether so many bytes can be taken without touching what is kept. */
    boolean hasRoom(long bytes) {
        return frames.free() - bytes >= reserve;
    }

    /** What guests had when it was taken away, in bytes. */
    public long swappedBytes() {
        return backings.stream().mapToLong(Backing::swappedBytes).sum();
    }

    /** Ends a backing: all that it has is free again. */
    public void release(Backing backing) {
        backing.release();
        backings.remove(backing);
    }

    /** What VMs have in one piece each, under a strategy that gives them their memory so. */
    public Partitions partitions() {
        return partitions;
    }

    /** Memory that several granules share, of one guest or several, in bytes. */
    public long sharedBytes() {
        return sharedBytes;
    }

    // Frames of guests.

    /** Takes a frame back, which is cleared: nobody sees what another guest had. */
    void release(long frame, int shift) {
        memory.zero(frame, 1L << shift);
        frames.release(frame, shift);
    }

    /** A granule shares the frame that it had for itself. */
    void offer(long frame, int shift) {
        sharers.put(frame, 1);
        sharedBytes += 1L << shift;
    }

    /** One more granule shares the frame. */
    void join(long frame) {
        sharers.merge(frame, 1, Integer::sum);
    }

    int sharers(long frame) {
        return sharers.getOrDefault(frame, 0);
    }

    /** One granule fewer shares the frame, which is free after the last. */
    void leave(long frame, int shift) {
        if (sharers(frame) > 1) {
            sharers.merge(frame, -1, Integer::sum);
        } else {
            keep(frame, shift);
            release(frame, shift);
        }
    }

    /** The last granule that shares the frame has it for itself again. */
    void keep(long frame, int shift) {
        sharers.remove(frame);
        sharedBytes -= 1L << shift;
    }

    /** Checks that every frame is somebody's, and only one's unless it is shared; a message for each that is not. */
    public List<String> audit() {
        List<String> broken = new ArrayList<>();
        FrameOwners owners = new FrameOwners(broken);
        backings.forEach(owners::add);
        if (!owners.sharers().equals(sharers)) {
            broken.add("frames are shared %s times, by address, but counted as shared %s times"
                    .formatted(owners.sharers(), sharers));
        }
        if (partitions.takenBytes() != 0) {
            auditPartitions(broken);
            return broken;
        }
        long known = owners.bytes() + vmmTables.bytes();
        if (known != frames.allocated()) {
            broken.add("%d bytes of host memory are handed out, but guests and the VMM's tables have %d"
                    .formatted(frames.allocated(), known));
        }
        return broken;
    }

    private void auditPartitions(List<String> broken) {
        long used = backings.stream().mapToLong(Backing::hostBytes).sum();
        if (used != partitions.takenBytes() - partitions.unusedBytes()) {
            broken.add("partitions hold %d bytes of guests, but guests have %d"
                    .formatted(partitions.takenBytes() - partitions.unusedBytes(), used));
        }
        if (frames.allocated() != 0) {
            broken.add("host memory is handed out both in partitions and in frames");
        }
    }

    /** Gives the VMM's page tables their memory and remembers how much it was. */
    public final class VmmTables implements TableFrames {
        private long requested;
        private long bytes;
        private long peak;

        @Override
        public long allocate(long size) {
            int shift = shiftOf(size);
            long address = frames.allocate(shift, Pool.TABLES);
            requested += size;
            bytes += 1L << shift;
            peak = Math.max(peak, bytes);
            return address;
        }

        /** The memory is cleared, as all that is free: a guest may get it next. */
        @Override
        public void release(long address, long size) {
            memory.zero(address, size);
            frames.release(address, shiftOf(size));
            requested -= size;
            bytes -= 1L << shiftOf(size);
        }

        /** Bytes now, in whole frames. */
        public long bytes() {
            return bytes;
        }

        /** Bytes that tables asked for and have not given back. */
        public long requested() {
            return requested;
        }

        /** The most bytes there ever were. */
        public long peak() {
            return peak;
        }

        private static int shiftOf(long size) {
            return Math.max(BuddyAllocator.FRAME_SHIFT, Long.numberOfTrailingZeros(Long.highestOneBit(size)));
        }
    }
}
