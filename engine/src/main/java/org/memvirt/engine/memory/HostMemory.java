package org.memvirt.engine.memory;

import java.util.Arrays;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.engine.memory.FrameAllocator.Pool;

/**
 * The host's memory manager: owns physical memory and, for every VM, what lies behind its guest-physical addresses.
 * Memory is backed on demand. In pieces of 4 KiB it reserves the whole aligned 2 MiB around the first one, so that
 * neighbours in the guest are neighbours in the host (reservation-based allocation: Navarro et al., OSDI 2002).
 */
public final class HostMemory {
    private static final int BLOCK_SHIFT = 21;

    private final PhysicalMemory memory;
    private final FrameAllocator frames;
    private final VmmTables vmmTables = new VmmTables();

    /** @param reserved bytes at the bottom that nobody is given: the VMM's own image */
    public HostMemory(PhysicalMemory memory, long reserved) {
        this.memory = memory;
        frames = new FrameAllocator("host", reserved, memory.size());
    }

    public PhysicalMemory memory() {
        return memory;
    }

    /** Memory for the VMM's page tables. */
    public VmmTables vmmTables() {
        return vmmTables;
    }

    /**
     * The backing of a new VM.
     *
     * @param size of its memory in bytes
     * @param pageShift offset bits of the pieces it is backed with: 12, 21 or 30
     */
    public Backing backing(long size, int pageShift) {
        return new Backing(size, pageShift);
    }

    /** Gives the VMM's page tables their memory and remembers how much it was. */
    public final class VmmTables implements TableFrames {
        private long bytes;
        private long peak;

        @Override
        public long allocate(long size) {
            int shift = shiftOf(size);
            long address = frames.allocate(shift, Pool.TABLES);
            memory.zero(address, size);
            bytes += 1L << shift;
            peak = Math.max(peak, bytes);
            return address;
        }

        @Override
        public void release(long address, long size) {
            frames.release(address, shiftOf(size));
            bytes -= 1L << shiftOf(size);
        }

        /** Bytes now. */
        public long bytes() {
            return bytes;
        }

        /** The most bytes there ever were. */
        public long peak() {
            return peak;
        }

        private static int shiftOf(long size) {
            return Math.max(FrameAllocator.FRAME_SHIFT, Long.numberOfTrailingZeros(Long.highestOneBit(size)));
        }
    }

    /** What lies behind one VM's memory. */
    public final class Backing implements GuestBacking {
        private static final int WORDS = 8;

        private final long size;
        private final int chosenShift;
        // By guest block of 2 MiB: where it lies, or -1.
        private final long[] block;
        // By guest block, one bit for each 4 KiB that is backed; only in pieces of 4 KiB.
        private final long[][] backed;
        private long hostBytes;

        private Backing(long size, int pageShift) {
            if (pageShift != 12 && pageShift != BLOCK_SHIFT && pageShift != 30) {
                throw new IllegalArgumentException(
                        "the host backs memory in pieces of 4K, 2M or 1G, not " + Sizes.ofPage(pageShift));
            }
            this.size = size;
            chosenShift = pageShift;
            int blocks = Math.toIntExact(size + (1L << BLOCK_SHIFT) - 1 >>> BLOCK_SHIFT);
            block = new long[blocks];
            Arrays.fill(block, -1);
            backed = new long[pageShift == 12 ? blocks : 0][];
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public int pageShift(long gpa) {
            int shift = chosenShift;
            while (shift > 12 && (gpa | (1L << shift) - 1) >= size) {
                shift -= 9;
            }
            return shift;
        }

        @Override
        public long find(long gpa) {
            if (gpa < 0 || gpa >= size) {
                return -1;
            }
            int index = (int) (gpa >>> BLOCK_SHIFT);
            long base = block[index];
            if (base < 0 || backed.length > 0 && !isBacked(index, gpa)) {
                return -1;
            }
            return base + (gpa & (1L << BLOCK_SHIFT) - 1);
        }

        @Override
        public long back(long gpa) {
            if (gpa < 0 || gpa >= size) {
                throw new IllegalArgumentException("the guest has no memory at %#x: it has %s"
                        .formatted(gpa, Sizes.text(size)));
            }
            long found = find(gpa);
            if (found >= 0) {
                return found;
            }
            int index = (int) (gpa >>> BLOCK_SHIFT);
            int shift = pageShift(gpa);
            if (block[index] < 0) {
                int pieceShift = Math.max(BLOCK_SHIFT, shift);
                long base = frames.allocate(pieceShift, Pool.DATA);
                int first = index & -(1 << pieceShift - BLOCK_SHIFT);
                for (int i = 0; i < 1 << pieceShift - BLOCK_SHIFT; i++) {
                    block[first + i] = base + ((long) i << BLOCK_SHIFT);
                }
            }
            if (backed.length > 0) {
                long[] bits = backed[index];
                if (bits == null) {
                    bits = new long[WORDS];
                    backed[index] = bits;
                }
                int page = (int) (gpa >>> 12) & 511;
                bits[page >>> 6] |= 1L << page;
            }
            hostBytes += 1L << shift;
            return block[index] + (gpa & (1L << BLOCK_SHIFT) - 1);
        }

        @Override
        public long reserveContiguous() {
            long alignment = size >= 1L << 30 ? 1L << 30 : 1L << BLOCK_SHIFT;
            long base = frames.tryAllocateContiguous(size, alignment);
            if (base >= 0) {
                for (int i = 0; i < block.length; i++) {
                    block[i] = base + ((long) i << BLOCK_SHIFT);
                }
                for (int i = 0; i < backed.length; i++) {
                    backed[i] = new long[] {-1, -1, -1, -1, -1, -1, -1, -1};
                }
                hostBytes = size;
            }
            return base;
        }

        /** Host memory behind the guest, in bytes. */
        public long hostBytes() {
            return hostBytes;
        }

        private boolean isBacked(int index, long gpa) {
            long[] bits = backed[index];
            int page = (int) (gpa >>> 12) & 511;
            return bits != null && (bits[page >>> 6] >>> page & 1) != 0;
        }
    }
}
