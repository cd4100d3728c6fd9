package org.memvirt.engine.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.TableMemory;

/**
 * Host-physical memory, sparse: a 2 MiB block takes space once a word that is not zero is written to it. Page tables live
 * here as real entries; data pages, which nobody writes, cost nothing.
 */
public final class PhysicalMemory implements TableMemory {
    private static final int BLOCK_SHIFT = 21;
    private static final long BLOCK = 1L << BLOCK_SHIFT;
    private static final int WORDS = 1 << BLOCK_SHIFT - 3;

    /** Who is told of what is written. */
    public interface StoreListener {
        /** A word is about to be stored. */
        void stores(long address, long value);

        /** A range of whole words is about to be cleared, or made what another is. */
        void overwritten(long address, long bytes);
    }

    private final long[] @Nullable [] blocks;
    private final long size;
    private @Nullable StoreListener listener;

    /** @param size in bytes; at most 2^52 */
    public PhysicalMemory(long size) {
        if (size <= 0 || size > 1L << 52) {
            throw new IllegalArgumentException("physical memory has 1 to 2^52 bytes, not " + size);
        }
        this.size = size;
        blocks = new long[(int) Math.min(Integer.MAX_VALUE - 8, size + (1L << BLOCK_SHIFT) - 1 >>> BLOCK_SHIFT)][];
    }

    /** In bytes. */
    public long size() {
        return size;
    }

    /** {@inheritDoc} Addresses beyond the memory read as 0. */
    @Override
    public long load(long address) {
        long block = address >>> BLOCK_SHIFT;
        if (block < blocks.length) {
            long[] words = blocks[(int) block];
            if (words != null) {
                return words[(int) (address >>> 3) & WORDS - 1];
            }
        }
        return 0;
    }

    /** Has somebody told of what is written from now on. */
    public void listen(StoreListener stores) {
        listener = stores;
    }

    /** Loads several words, in one loop. */
    void load(long[] addresses, long[] into, int count) {
        long[] @Nullable [] all = blocks;
        for (int i = 0; i < count; i++) {
            long address = addresses[i];
            long block = address >>> BLOCK_SHIFT;
            long[] words = block < all.length ? all[(int) block] : null;
            into[i] = words == null ? 0 : words[(int) (address >>> 3) & WORDS - 1];
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IndexOutOfBoundsException beyond the memory
     */
    @Override
    public void store(long address, long value) {
        if (address >>> 3 >= size + 7 >>> 3) {
            throw new IndexOutOfBoundsException(
                    "store at host-physical %#x, beyond the memory of %#x bytes".formatted(address, size));
        }
        if (listener != null) {
            listener.stores(address, value);
        }
        int block = (int) (address >>> BLOCK_SHIFT);
        long[] words = blocks[block];
        if (words == null) {
            if (value == 0) {
                return;
            }
            words = new long[WORDS];
            blocks[block] = words;
        }
        words[(int) (address >>> 3) & WORDS - 1] = value;
    }

    /** Writes 0 to a range of whole words. What fills whole blocks takes no space any more. */
    public void zero(long address, long bytes) {
        long end = address + bytes;
        if (listener != null) {
            listener.overwritten(address, bytes);
        }
        for (long at = address, next; at < end; at = next) {
            next = Math.min(end, (at | BLOCK - 1) + 1);
            int block = (int) (at >>> BLOCK_SHIFT);
            if (next - at == BLOCK) {
                blocks[block] = null;
            } else if (blocks[block] != null) {
                int first = (int) (at >>> 3) & WORDS - 1;
                Arrays.fill(blocks[block], first, first + (int) (next - at >>> 3), 0);
            }
        }
    }

    /** Makes a range of whole words what another is; they must not overlap. */
    public void copy(long from, long to, long bytes) {
        long done = 0;
        if (listener != null) {
            listener.overwritten(to, bytes);
        }
        while (done < bytes) {
            long source = from + done;
            long target = to + done;
            long piece = Math.min(bytes - done, BLOCK - Math.max(source & BLOCK - 1, target & BLOCK - 1));
            copyWithinBlocks(source, target, piece);
            done += piece;
        }
    }

    private void copyWithinBlocks(long from, long to, long bytes) {
        long[] source = blocks[(int) (from >>> BLOCK_SHIFT)];
        if (source == null) {
            zero(to, bytes);
            return;
        }
        int block = (int) (to >>> BLOCK_SHIFT);
        if (blocks[block] == null) {
            blocks[block] = new long[WORDS];
        }
        int first = (int) (from >>> 3) & WORDS - 1;
        System.arraycopy(source, first, blocks[block], (int) (to >>> 3) & WORDS - 1, (int) (bytes >>> 3));
    }

    /** Whether two ranges of whole words hold the same. */
    boolean isSame(long one, long other, long bytes) {
        for (long at = 0; at < bytes; at += Long.BYTES) {
            if (load(one + at) != load(other + at)) {
                return false;
            }
        }
        return true;
    }

    /** What a range of whole words, which must not cross a multiple of 2 MiB, holds; null when all of it is 0. */
    long @Nullable [] words(long address, long bytes) {
        long[] words = blocks[(int) (address >>> BLOCK_SHIFT)];
        int first = (int) (address >>> 3) & WORDS - 1;
        for (int at = first; words != null && at < first + (int) (bytes >>> 3); at++) {
            if (words[at] != 0) {
                return Arrays.copyOfRange(words, first, first + (int) (bytes >>> 3));
            }
        }
        return null;
    }

    /** Bytes of the simulator's own memory that the blocks take. */
    public long residentBytes() {
        long bytes = 0;
        for (long[] words : blocks) {
            bytes += words == null ? 0 : (long) WORDS * Long.BYTES;
        }
        return bytes;
    }
}
