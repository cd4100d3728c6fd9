package org.memvirt.engine.memory;

import static org.memvirt.engine.memory.Block.NOWHERE;

import java.util.Objects;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.memory.BuddyAllocator.Pool;

/**
 * Gets the host memory that backs a guest's, on demand, in pieces of the sizes that were chosen. Where they are small, the
 * first one reserves the aligned 2 MiB around it, so that neighbours in the guest are neighbours in the host.
 */
final class Supply {
    private static final long BLOCK = 2L << 20;

    private final HostMemory host;
    private final BuddyAllocator frames;
    private final GranuleMap map;
    private final SwappedFrames swapped;
    private final long size;
    private final int[] pieceShifts;
    private final boolean transparent;
    private final int granuleShift;
    private final long granuleBytes;
    private final int blockShift;
    private boolean protectsArrivals;
    private long bytes;
    // What it has in one piece; 0 bytes for a guest that is backed on demand.
    private long reservedAt;
    private long reserved;

    /**
     * @param pieceShifts ascending; the first is the granule's
     * @param transparent whether a granule will do where the host is short of memory in large pieces
     */
    Supply(HostMemory host, BuddyAllocator frames, GranuleMap map, SwappedFrames swapped, long size,
            int[] pieceShifts, boolean transparent) {
        this.host = host;
        this.frames = frames;
        this.map = map;
        this.swapped = swapped;
        this.size = size;
        this.pieceShifts = pieceShifts;
        this.transparent = transparent;
        granuleShift = pieceShifts[0];
        granuleBytes = 1L << granuleShift;
        blockShift = map.blockShift();
    }

    /** What the guest has for itself, in bytes. */
    long bytes() {
        return bytes;
    }

    /** The guest has more for itself, or less. */
    void count(long more) {
        bytes += more;
    }

    /** Offset bits of the largest piece that is ever asked for. */
    int largestPiece() {
        return pieceShifts[pieceShifts.length - 1];
    }

    /** Whether pieces may be smaller than was asked for, at any time. */
    boolean isTransparent() {
        return transparent;
    }

    /** Whether the first store to each granule that comes is to be noticed. */
    void protectArrivals(boolean chosen) {
        protectsArrivals = chosen;
    }

    /** See {@link org.memvirt.api.vmm.GuestBacking#reserveContiguous}. */
    long reserveContiguous() {
        long alignment = size >= 1L << 30 ? 1L << 30 : 1L << blockShift;
        long whole = size + BLOCK - 1 & -BLOCK;
        long base = host.partitions().firstFit(whole, alignment);
        return base != NOWHERE && reserve(base, whole) ? base : NOWHERE;
    }

    /** See {@link org.memvirt.api.vmm.GuestBacking#reserve}. */
    boolean reserve(long base, long taken) {
        if ((base & BLOCK - 1) != 0 || taken < size) {
            throw new IllegalArgumentException("%d bytes at %#x are no piece for a guest of %d bytes: it begins at a"
                    .formatted(taken, base, size) + " multiple of 2M");
        }
        if (!host.partitions().take(base, taken, size)) {
            return false;
        }
        reservedAt = base;
        reserved = taken;
        long end = size & -1L << blockShift;
        for (long gpa = 0; gpa < end; gpa += 1L << blockShift) {
            map.addWholeBlock(gpa, base + gpa);
        }
        if (end < size) {
            map.addBlock(end, base + end).addAtHome(0, (int) (size - end >>> granuleShift));
        }
        bytes = size;
        return true;
    }

    /** Gives back what was reserved, cleared; false if nothing was. */
    boolean giveBackReserved() {
        if (reserved == 0) {
            return false;
        }
        host.memory().zero(reservedAt, size);
        host.partitions().give(reservedAt, reserved, size);
        reserved = 0;
        bytes = 0;
        return true;
    }

    /** Gives the memory back that is reserved for a block of which nothing is there any more. */
    void forgetIfEmpty(long gpa) {
        Block block = Objects.requireNonNull(map.block(gpa));
        if (block.isEmpty() && !block.hasFlags()) {
            block.forEachReserved(address -> host.release(address, granuleShift));
            map.removeBlock(gpa);
        }
    }

    /** Backs the granule around {@code gpa}, which is not there, and what else belongs to its piece. */
    void back(long gpa) {
        int shift = pieceShift(gpa);
        long piece = gpa & -1L << shift;
        if (shift >= blockShift && map.isEmpty(piece, shift)) {
            long address = transparent ? tryLarge(shift) : frames.allocate(shift, Pool.DATA);
            if (address != NOWHERE) {
                for (long at = 0; at < 1L << shift; at += 1L << blockShift) {
                    map.addWholeBlock(piece + at, address + at);
                }
                arrive(piece, 1L << shift);
                return;
            }
        }
        Block block = map.block(gpa);
        if (block == null) {
            long home = tryLarge(blockShift);
            // Where no block is left, a granule will do.
            long frame = home == NOWHERE ? frames.allocate(granuleShift, Pool.DATA) : NOWHERE;
            block = map.addBlock(gpa, home);
            if (frame != NOWHERE) {
                block.put(map.granule(gpa), frame);
                arrive(gpa & -granuleBytes, granuleBytes);
                return;
            }
        }
        int within = Math.min(shift, blockShift);
        long first = gpa & -1L << within;
        int count = 1 << within - granuleShift;
        if (!block.isFree(map.granule(first), count)) {
            first = gpa & -granuleBytes;
            count = 1;
        }
        int granule = map.granule(first);
        if (count == 1 && block.address(granule) == NOWHERE) {
            block.put(granule, frames.allocate(granuleShift, Pool.DATA));
        } else {
            block.addAtHome(granule, count);
        }
        arrive(first, count * granuleBytes);
    }

    /** A piece that leaves the host what it keeps for single frames and tables; {@link Block#NOWHERE} if there is none. */
    private long tryLarge(int shift) {
        return host.hasRoom(1L << shift) ? frames.tryAllocate(shift, Pool.DATA) : NOWHERE;
    }

    /** Counts what is new, and gives it what the guest had there before. */
    private void arrive(long gpa, long length) {
        bytes += length;
        if (swapped.hasAny(gpa, length)) {
            for (long at = gpa; at < gpa + length; at += granuleBytes) {
                host.counts().addIf(Count.SWAPPED_IN, swapped.restore(at, map.find(at)));
            }
        }
        for (long at = gpa; protectsArrivals && at < gpa + length; at += granuleBytes) {
            Block block = Objects.requireNonNull(map.block(at));
            block.setFlags(map.granule(at), block.flags(map.granule(at)) | Block.PROTECTED);
        }
    }

    /** The size in which memory is backed there: what was chosen or, at the end of the guest's memory, less. */
    private int pieceShift(long gpa) {
        int at = pieceShifts.length - 1;
        while (at > 0 && (gpa | (1L << pieceShifts[at]) - 1) >= size) {
            at--;
        }
        return pieceShifts[at];
    }
}
