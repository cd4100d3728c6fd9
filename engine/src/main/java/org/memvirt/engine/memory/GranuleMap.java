package org.memvirt.engine.memory;

import static org.memvirt.engine.memory.Block.NOWHERE;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Sizes;

/**
 * Where each granule of a guest's memory lies, and what is said of it. Blocks are made when something in them is backed, so
 * that a large guest costs what it touches.
 */
final class GranuleMap {
    private static final int BLOCK_SHIFT = 21;
    private static final int CHUNK = 512;

    private final long size;
    private final int granuleShift;
    private final int blockShift;
    private final int granules;
    // By chunk, then by block; null where nothing is backed.
    private final @Nullable Block[] @Nullable [] chunks;

    GranuleMap(long size, int granuleShift) {
        if (granuleShift < BuddyAllocator.FRAME_SHIFT) {
            throw new IllegalArgumentException("the host backs memory in pieces of %s and more, not %s"
                    .formatted(Sizes.ofPage(BuddyAllocator.FRAME_SHIFT), Sizes.ofPage(granuleShift)));
        }
        if (size <= 0 || (size & (1L << granuleShift) - 1) != 0) {
            throw new IllegalArgumentException("a guest that is backed in pieces of %s has a multiple of that, not %s"
                    .formatted(Sizes.ofPage(granuleShift), Sizes.text(size)));
        }
        this.size = size;
        this.granuleShift = granuleShift;
        blockShift = Math.max(BLOCK_SHIFT, granuleShift);
        granules = 1 << blockShift - granuleShift;
        chunks = new Block[Math.toIntExact((size - 1 >>> blockShift) / CHUNK + 1)][];
    }

    /** Offset bits of a block. */
    int blockShift() {
        return blockShift;
    }

    /** The block around {@code gpa}, or null. */
    @Nullable Block block(long gpa) {
        if (gpa < 0 || gpa >= size) {
            return null;
        }
        long index = gpa >>> blockShift;
        @Nullable Block[] chunk = chunks[(int) (index / CHUNK)];
        return chunk == null ? null : chunk[(int) (index % CHUNK)];
    }

    /** Puts an empty block around {@code gpa}; see {@link Block#Block}. */
    Block addBlock(long gpa, long home) {
        return set(gpa, new Block(home, granules, granuleShift));
    }

    /** Puts a block around {@code gpa} that is all there. */
    Block addWholeBlock(long gpa, long home) {
        return set(gpa, Block.whole(home, granules, granuleShift));
    }

    /** Makes the place where all of a block lies in one piece its home, which it costs less to know. */
    void rehome(long gpa) {
        Block block = block(gpa);
        Block rehomed = block == null ? null : block.rehomed();
        if (rehomed != null) {
            set(gpa, rehomed);
        }
    }

    void removeBlock(long gpa) {
        set(gpa, null);
    }

    private <B extends @Nullable Block> B set(long gpa, B block) {
        long index = gpa >>> blockShift;
        @Nullable Block[] chunk = chunks[(int) (index / CHUNK)];
        if (chunk == null) {
            chunk = new Block[CHUNK];
            chunks[(int) (index / CHUNK)] = chunk;
        }
        chunk[(int) (index % CHUNK)] = block;
        return block;
    }

    void forEachBlock(Consumer<Block> visitor) {
        for (@Nullable Block[] chunk : chunks) {
            for (int at = 0; chunk != null && at < CHUNK; at++) {
                if (chunk[at] != null) {
                    visitor.accept(chunk[at]);
                }
            }
        }
    }

    /** The number of a granule in its block. */
    int granule(long gpa) {
        return (int) (gpa >>> granuleShift) & granules - 1;
    }

    /** The host address behind {@code gpa}, or {@link Block#NOWHERE}. */
    long find(long gpa) {
        Block block = block(gpa);
        int granule = granule(gpa);
        return block != null && block.has(granule)
                ? block.address(granule) | gpa & (1L << granuleShift) - 1
                : NOWHERE;
    }

    /** The first address from {@code gpa} on, a multiple of the granule, of a granule that is there; or {@link Block#NOWHERE}. */
    long next(long gpa) {
        long at = gpa & -1L << granuleShift;
        while (at < size) {
            if (block(at) == null) {
                at = (at & -1L << blockShift) + (1L << blockShift);
            } else if (find(at) == NOWHERE) {
                at += 1L << granuleShift;
            } else {
                return at;
            }
        }
        return NOWHERE;
    }

    /** What is said of the granule around {@code gpa}, there or not. */
    int flags(long gpa) {
        Block block = block(gpa);
        return block == null ? 0 : block.flags(granule(gpa));
    }

    /** Whether no block lies in the aligned piece of 2^shift bytes around {@code gpa}. */
    boolean isEmpty(long gpa, int shift) {
        long first = gpa & -1L << shift;
        for (long at = first; at < first + (1L << shift); at += 1L << blockShift) {
            if (block(at) != null) {
                return false;
            }
        }
        return true;
    }

    /** See {@link org.memvirt.api.vmm.GuestBacking#contiguousShift}. */
    int contiguousShift(long gpa) {
        long address = find(gpa);
        if (address == NOWHERE) {
            return -1;
        }
        int shift = isWhole(gpa) ? blockShift : granuleShift;
        while (joinsNeighbour(gpa, address, shift)) {
            shift++;
        }
        return shift;
    }

    /** Whether the block around {@code gpa} is all there, at home and without flags. */
    boolean isWhole(long gpa) {
        Block block = block(gpa);
        return block != null && block.wholeAddress() != NOWHERE;
    }

    /** Whether the contiguous piece of 2^shift bytes around {@code gpa} makes a larger one with its other half. */
    private boolean joinsNeighbour(long gpa, long address, int shift) {
        long page = (2L << shift) - 1;
        if (((gpa ^ address) & page) != 0) {
            return false;
        }
        boolean writable = flags(gpa) == 0;
        long first = gpa & -1L << shift ^ 1L << shift;
        long at = first;
        while (at < first + (1L << shift)) {
            if (find(at) != (address & ~page | at & page) || flags(at) == 0 != writable) {
                return false;
            }
            at += 1L << (shift >= blockShift && isWhole(at) ? blockShift : granuleShift);
        }
        return true;
    }
}
