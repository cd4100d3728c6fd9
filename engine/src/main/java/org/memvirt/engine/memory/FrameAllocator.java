package org.memvirt.engine.memory;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.TableFrames.OutOfMemory;

/**
 * Hands out naturally aligned pieces of a physical address range: small ones from 2 MiB blocks that belong to one pool
 * each, so that page tables and data do not share a block (as Linux groups pages by mobility); large ones from blocks in
 * one piece. Deterministic: the same requests give the same addresses.
 */
public final class FrameAllocator {
    /** Offset bits of a frame, the smallest piece. */
    public static final int FRAME_SHIFT = 12;

    private static final int BLOCK_SHIFT = 21;
    private static final int FRAMES = 1 << BLOCK_SHIFT - FRAME_SHIFT;

    /** Who shares blocks with whom. */
    public enum Pool {
        TABLES,
        DATA
    }

    private final String owner;
    private final long start;
    private final long end;
    private final ArrayDeque<Long> freeBlocks = new ArrayDeque<>();
    private final Map<Long, Block> split = new HashMap<>();
    private final Map<Pool, ArrayDeque<Block>> open = new HashMap<>();
    private long fresh;
    private long allocated;

    /**
     * @param owner whose memory it is, for messages
     * @param start first address; a multiple of 2 MiB
     * @param end address after the last
     */
    public FrameAllocator(String owner, long start, long end) {
        this.owner = owner;
        this.start = start;
        this.end = end;
        fresh = start;
        for (Pool pool : Pool.values()) {
            open.put(pool, new ArrayDeque<>());
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
        long address = order < BLOCK_SHIFT ? allocateSmall(order, pool) : allocateLarge(1L << order, 1L << order);
        if (address >= 0) {
            allocated += 1L << order;
        }
        return address;
    }

    /** {@code bytes} in one piece, aligned to {@code alignment}, a power of two of at least 2 MiB; -1 when there is none. */
    public long tryAllocateContiguous(long bytes, long alignment) {
        long rounded = roundUp(bytes, 1L << BLOCK_SHIFT);
        long address = allocateLarge(rounded, alignment);
        if (address >= 0) {
            allocated += rounded;
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
        if (order >= BLOCK_SHIFT) {
            for (long at = address; at < address + (1L << order); at += 1L << BLOCK_SHIFT) {
                freeBlocks.push(at);
            }
            allocated -= 1L << order;
            return;
        }
        long base = address & -(1L << BLOCK_SHIFT);
        Block block = split.get(base);
        if (block == null && isHandedOut(base)) {
            // It was handed out in one piece, of which a part now comes back.
            block = new Block(base, Pool.DATA, 0);
            split.put(base, block);
        }
        if (block == null || !block.release((int) (address - base >>> FRAME_SHIFT), 1 << order - FRAME_SHIFT)) {
            throw new IllegalStateException(
                    "%s memory at %#x is released but was never handed out".formatted(owner, address));
        }
        allocated -= 1L << order;
        if (block.free == FRAMES) {
            split.remove(base);
            open(block.pool).remove(block);
            freeBlocks.push(base);
        } else if (!open(block.pool).contains(block)) {
            open(block.pool).addLast(block);
        }
    }

    /** Bytes that are handed out now. */
    public long allocated() {
        return allocated;
    }

    /** Bytes that there are in all. */
    public long capacity() {
        return end - start;
    }

    private long allocateSmall(int order, Pool pool) {
        int frames = 1 << order - FRAME_SHIFT;
        long address = takeFrom(pool, frames);
        if (address < 0) {
            address = takeFromNewBlock(pool, frames);
        }
        for (Pool other : Pool.values()) {
            // Better in a stranger's block than nowhere.
            if (address < 0 && other != pool) {
                address = takeFrom(other, frames);
            }
        }
        return address;
    }

    private long takeFrom(Pool pool, int frames) {
        ArrayDeque<Block> candidates = open(pool);
        for (Block block : candidates) {
            int frame = block.take(frames);
            if (frame >= 0) {
                if (block.free == 0) {
                    candidates.remove(block);
                }
                return block.base + ((long) frame << FRAME_SHIFT);
            }
        }
        return -1;
    }

    private long takeFromNewBlock(Pool pool, int frames) {
        long base = allocateLarge(1L << BLOCK_SHIFT, 1L << BLOCK_SHIFT);
        int available = FRAMES;
        if (base < 0) {
            // The range may end in a part of a block.
            base = roundUp(fresh, 1L << BLOCK_SHIFT);
            available = (int) Math.max(0, Math.min(FRAMES, end - base >> FRAME_SHIFT));
            if (available < frames) {
                return -1;
            }
            fresh = base + (1L << BLOCK_SHIFT);
        }
        Block block = new Block(base, pool, available);
        split.put(base, block);
        int frame = block.take(frames);
        if (block.free > 0) {
            open(pool).addLast(block);
        }
        return base + ((long) frame << FRAME_SHIFT);
    }

    private long allocateLarge(long bytes, long alignment) {
        if (bytes == 1L << BLOCK_SHIFT) {
            Long block = freeBlocks.poll();
            if (block != null) {
                return block;
            }
        }
        long address = roundUp(fresh, alignment);
        if (address < 0 || bytes > end - address) {
            return bytes > 1L << BLOCK_SHIFT ? joinFree(bytes, alignment) : -1;
        }
        for (long gap = address - (1L << BLOCK_SHIFT); gap >= fresh; gap -= 1L << BLOCK_SHIFT) {
            freeBlocks.push(gap);
        }
        fresh = address + bytes;
        return address;
    }

    /** The lowest aligned run of blocks that were given back, taken in one piece; -1 when there is none. */
    private long joinFree(long bytes, long alignment) {
        TreeSet<Long> free = new TreeSet<>(freeBlocks);
        for (long first : free) {
            if ((first & alignment - 1) == 0) {
                long at = first;
                while (at < first + bytes && free.contains(at)) {
                    at += 1L << BLOCK_SHIFT;
                }
                if (at >= first + bytes) {
                    freeBlocks.removeIf(block -> block >= first && block < first + bytes);
                    return first;
                }
            }
        }
        return -1;
    }

    private ArrayDeque<Block> open(Pool pool) {
        ArrayDeque<Block> blocks = open.get(pool);
        if (blocks == null) {
            throw new IllegalStateException("no pool " + pool);
        }
        return blocks;
    }

    private static long roundUp(long value, long alignment) {
        return value + alignment - 1 & -alignment;
    }

    /** A block of 2 MiB that is handed out in frames. */
    private static final class Block {
        final long base;
        final Pool pool;
        int free;
        private final long[] used = new long[FRAMES / Long.SIZE];
        private int hint;

        Block(long base, Pool pool, int available) {
            this.base = base;
            this.pool = pool;
            free = FRAMES;
            for (int frame = available; frame < FRAMES; frame++) {
                set(frame, 1, true);
            }
        }

        int take(int frames) {
            if (free < frames) {
                return -1;
            }
            int from = frames == 1 ? hint : 0;
            for (int frame = from; frame + frames <= FRAMES; frame += frames) {
                if (isFree(frame, frames)) {
                    set(frame, frames, true);
                    if (frames == 1) {
                        hint = frame + 1;
                    }
                    return frame;
                }
            }
            return -1;
        }

        boolean release(int frame, int frames) {
            for (int at = frame; at < frame + frames; at++) {
                if ((used[at >>> 6] >>> at & 1) == 0) {
                    return false;
                }
            }
            set(frame, frames, false);
            hint = Math.min(hint, frame);
            return true;
        }

        private boolean isFree(int frame, int frames) {
            for (int at = frame; at < frame + frames; at++) {
                if ((used[at >>> 6] >>> at & 1) != 0) {
                    return false;
                }
            }
            return true;
        }

        private void set(int frame, int frames, boolean taken) {
            for (int at = frame; at < frame + frames; at++) {
                used[at >>> 6] ^= 1L << at;
            }
            free += taken ? -frames : frames;
        }
    }

    /** Whether the address lies in a piece that is handed out; takes long where many blocks are free. */
    boolean isHandedOut(long address) {
        @Nullable Block block = split.get(address & -(1L << BLOCK_SHIFT));
        if (block != null) {
            int frame = (int) (address - block.base >>> FRAME_SHIFT);
            return (block.used[frame >>> 6] >>> frame & 1) != 0;
        }
        return address >= start && address < fresh && !freeBlocks.contains(address & -(1L << BLOCK_SHIFT));
    }
}
