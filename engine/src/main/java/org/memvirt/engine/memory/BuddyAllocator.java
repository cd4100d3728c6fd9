package org.memvirt.engine.memory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.TableFrames.OutOfMemory;

/**
 * Hands out naturally aligned pieces of a host's or a guest's memory by the buddy system: the smallest free piece that is
 * large enough is halved as often as need be, and what comes back is joined with its other half at once. Pieces below 2 MiB
 * come from blocks that belong to one pool each, so that page tables and data do not share a block as long as there are
 * others (as Linux groups pages by mobility). Deterministic: the same requests give the same addresses.
 */
public final class BuddyAllocator {
    /** Offset bits of a frame, the smallest piece. */
    public static final int FRAME_SHIFT = 12;

    private static final int BLOCK_SHIFT = 21;
    private static final long BLOCK = 1L << BLOCK_SHIFT;
    private static final int LARGEST = 52;

    /** Who shares blocks with whom. */
    public enum Pool {
        TABLES,
        DATA
    }

    private final String owner;
    private final long start;
    private final long end;
    private final FreePieces blocks = new FreePieces(BLOCK_SHIFT, LARGEST);
    // Parts of blocks: of each pool, and of the block that the memory ends in.
    private final FreePieces[] parts = new FreePieces[Pool.values().length + 1];
    private final Map<Long, Integer> poolOfBlock = new HashMap<>();
    private long allocated;
    private long cleared = -1;
    private int clearedShift;
    private final List<long[]> claimed = new ArrayList<>();
    private long claimedBytes;

    /**
     * @param owner whose memory it is, for messages
     * @param start first address; a multiple of 2 MiB
     * @param end address after the last; a multiple of 4 KiB
     */
    public BuddyAllocator(String owner, long start, long end) {
        this.owner = owner;
        this.start = start;
        this.end = end & -1L << FRAME_SHIFT;
        for (int pool = 0; pool < parts.length; pool++) {
            parts[pool] = new FreePieces(FRAME_SHIFT, BLOCK_SHIFT);
        }
        long lastBlock = Math.max(start, this.end & -BLOCK);
        blocks.giveRange(start, lastBlock);
        if (lastBlock < this.end) {
            parts[Pool.values().length].giveRange(lastBlock, this.end);
            poolOfBlock.put(lastBlock, Pool.values().length);
        }
    }

    /**
     * A piece of 2^shift bytes, aligned to its size.
     *
     * @throws OutOfMemory when there is none
     */
    public long allocate(int shift, Pool pool) {
        long address = tryAllocate(shift, pool);
        if (address < 0) {
            throw new OutOfMemory("%s memory of %s has no free piece of %s: %s are in use"
                    .formatted(owner, Sizes.text(end), Sizes.ofPage(shift), Sizes.text(allocated)));
        }
        return address;
    }

    /** Like {@link #allocate}, but -1 when there is none. */
    public long tryAllocate(int shift, Pool pool) {
        int order = Math.max(shift, FRAME_SHIFT);
        long address = order >= BLOCK_SHIFT ? blocks.take(order) : takePart(order, pool.ordinal());
        allocated += address < 0 ? 0 : 1L << order;
        return address;
    }

    private long takePart(int order, int pool) {
        long address = parts[pool].take(order);
        if (address >= 0) {
            return address;
        }
        long block = blocks.take(BLOCK_SHIFT);
        if (block >= 0) {
            poolOfBlock.put(block, pool);
            parts[pool].give(block, BLOCK_SHIFT);
            return parts[pool].take(order);
        }
        // Better in a stranger's block than nowhere; first where the memory ends.
        for (int other = parts.length - 1; address < 0 && other >= 0; other--) {
            address = parts[other].take(order);
        }
        return address;
    }

    /**
     * Takes a piece of 2^shift bytes back, aligned to its size: one that was handed out, or a part of one.
     *
     * @throws IllegalStateException when not all of it is handed out
     */
    public void release(long address, int shift) {
        int order = Math.max(shift, FRAME_SHIFT);
        if (!isHandedOut(address, order)) {
            throw new IllegalStateException(
                    "%s memory at %#x is released but was never handed out".formatted(owner, address));
        }
        allocated -= 1L << order;
        if (cleared >= 0 && (address ^ cleared) >>> clearedShift == 0) {
            claim(address, order);
        } else {
            give(address, order);
        }
    }

    private void give(long address, int order) {
        if (order >= BLOCK_SHIFT) {
            for (long block = address; block < address + (1L << order); block += BLOCK) {
                poolOfBlock.remove(block);
            }
            blocks.give(address, order);
            return;
        }
        long block = address & -BLOCK;
        // Of a piece that was handed out whole, a part comes back.
        int pool = poolOfBlock.computeIfAbsent(block, none -> Pool.DATA.ordinal());
        if (parts[pool].give(address, order) == BLOCK_SHIFT) {
            parts[pool].remove(block, BLOCK_SHIFT);
            poolOfBlock.remove(block);
            blocks.give(block, BLOCK_SHIFT);
        }
    }

    /** Whether all of the piece is handed out. */
    private boolean isHandedOut(long address, int shift) {
        if (address < start || address + (1L << shift) > end || blocks.touches(address, Math.max(shift, BLOCK_SHIFT))) {
            return false;
        }
        for (FreePieces free : parts) {
            if (free.touches(address, shift)) {
                return false;
            }
        }
        for (long[] piece : claimed) {
            if (piece[0] < address + (1L << shift) && address < piece[0] + (1L << piece[1])) {
                return false;
            }
        }
        return true;
    }

    // Clearing of a piece, so that it can be handed out in one.

    /**
     * Begins to clear a piece of 2^shift bytes, of at least 2 MiB: what is free in it, or comes back, is handed out to nobody
     * until {@link #endClearing}. One at a time.
     */
    public void beginClearing(long address, int shift) {
        if (cleared >= 0) {
            throw new IllegalStateException("the piece at %#x is still being cleared".formatted(cleared));
        }
        cleared = address;
        clearedShift = shift;
        for (FreePieces free : parts) {
            for (long block = address; block < address + (1L << shift); block += BLOCK) {
                free.takeAllOf(block, BLOCK_SHIFT, this::claim);
            }
        }
        blocks.takeAllOf(address, shift, this::claim);
    }

    private void claim(long address, int shift) {
        claimed.add(new long[] {address, shift});
        claimedBytes += 1L << shift;
    }

    /**
     * Ends it.
     *
     * @return whether all of the piece has become free: then it is free in one
     */
    public boolean endClearing() {
        boolean whole = claimedBytes == 1L << clearedShift;
        cleared = -1;
        claimedBytes = 0;
        List<long[]> pieces = List.copyOf(claimed);
        claimed.clear();
        pieces.forEach(piece -> give(piece[0], (int) piece[1]));
        return whole;
    }

    // Figures.

    /** Bytes that are handed out now. */
    public long allocated() {
        return allocated;
    }

    /** Bytes that there are in all. */
    public long capacity() {
        return end - start;
    }

    /** Bytes that are free. */
    public long free() {
        return capacity() - allocated;
    }

    /** Free bytes by the offset bits of the free pieces that they lie in. */
    public long[] freeBySize() {
        long[] bytes = new long[LARGEST + 1];
        blocks.addBytes(bytes);
        for (FreePieces free : parts) {
            free.addBytes(bytes);
        }
        return bytes;
    }

    /** Free bytes of each aligned piece of 2^shift bytes, of at least 2 MiB, of which a part is free; by first address. */
    public Map<Long, Long> freeByPiece(int shift) {
        Map<Long, Long> bytes = new HashMap<>();
        for (int size = FRAME_SHIFT; size <= BLOCK_SHIFT; size++) {
            long each = 1L << size;
            for (FreePieces free : parts) {
                free.forEach(size, address -> bytes.merge(address & -1L << shift, each, Long::sum));
            }
        }
        for (int size = BLOCK_SHIFT; size < shift; size++) {
            long each = 1L << size;
            blocks.forEach(size, address -> bytes.merge(address & -1L << shift, each, Long::sum));
        }
        return bytes;
    }

    /** Bytes of the largest free piece; 0 when nothing is free. */
    public long largestFree() {
        long[] bytes = freeBySize();
        for (int shift = LARGEST; shift >= FRAME_SHIFT; shift--) {
            if (bytes[shift] > 0) {
                return 1L << shift;
            }
        }
        return 0;
    }
}
