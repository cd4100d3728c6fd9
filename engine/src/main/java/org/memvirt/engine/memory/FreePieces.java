package org.memvirt.engine.memory;

import java.util.Arrays;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/**
 * Free lists of a buddy allocator: aligned pieces of 2^shift bytes, by size, of which no two are the halves of a larger one
 * (Knuth, The Art of Computer Programming, vol. 1, 2.5). Of one size the lowest comes first.
 */
final class FreePieces {
    private final TreeSet<Long>[] bySize;
    private final int smallest;

    /** @param smallest offset bits of the smallest piece, {@code largest} those of the largest */
    @SuppressWarnings({"unchecked", "rawtypes"})
    FreePieces(int smallest, int largest) {
        this.smallest = smallest;
        bySize = new TreeSet[largest - smallest + 1];
        Arrays.setAll(bySize, i -> new TreeSet<Long>());
    }

    private TreeSet<Long> of(int shift) {
        return bySize[shift - smallest];
    }

    private int largest() {
        return smallest + bySize.length - 1;
    }

    /** Takes 2^shift bytes from the smallest piece that has them; -1 when there is none. */
    long take(int shift) {
        for (int size = shift; size <= largest(); size++) {
            Long piece = of(size).pollFirst();
            if (piece != null) {
                for (int half = size - 1; half >= shift; half--) {
                    of(half).add(piece + (1L << half));
                }
                return piece;
            }
        }
        return -1;
    }

    /**
     * Takes a piece in and joins it with its other half as long as that is free, too.
     *
     * @return the offset bits of the piece that it became part of
     */
    int give(long address, int shift) {
        long piece = address;
        int size = shift;
        while (size < largest() && of(size).remove(piece ^ 1L << size)) {
            piece &= -1L << size + 1;
            size++;
        }
        of(size).add(piece);
        return size;
    }

    /** Takes a range in, whose ends are multiples of the smallest piece. */
    void giveRange(long from, long to) {
        long at = from;
        while (at < to) {
            int shift = at == 0 ? largest() : Math.min(largest(), Long.numberOfTrailingZeros(at));
            while (1L << shift > to - at) {
                shift--;
            }
            give(at, shift);
            at += 1L << shift;
        }
    }

    /** Removes exactly this piece; false if it is not there. */
    boolean remove(long address, int shift) {
        return of(shift).remove(address);
    }

    /** Whether some part of the piece is free. */
    boolean touches(long address, int shift) {
        for (int size = smallest; size <= largest(); size++) {
            if (size >= shift ? of(size).contains(address & -1L << size) : hasAny(size, address, shift)) {
                return true;
            }
        }
        return false;
    }

    private boolean hasAny(int size, long address, int shift) {
        Long first = of(size).ceiling(address);
        return first != null && first < address + (1L << shift);
    }

    /** Takes every free part of an aligned piece, and tells the address and offset bits of each. */
    void takeAllOf(long address, int shift, PieceVisitor taker) {
        for (int size = smallest; size < shift; size++) {
            Long piece = of(size).ceiling(address);
            while (piece != null && piece < address + (1L << shift)) {
                of(size).remove(piece);
                taker.accept(piece, size);
                piece = of(size).ceiling(address);
            }
        }
        for (int size = shift; size <= largest(); size++) {
            long around = address & -1L << size;
            if (of(size).remove(around)) {
                giveRange(around, address);
                giveRange(address + (1L << shift), around + (1L << size));
                taker.accept(address, shift);
            }
        }
    }

    /** Who is told of pieces. */
    interface PieceVisitor {
        void accept(long address, int shift);
    }

    /** Tells the first address of each piece of 2^shift bytes, ascending. */
    void forEach(int shift, LongConsumer visitor) {
        of(shift).forEach(visitor::accept);
    }

    /** Adds the free bytes of each size to {@code byShift}, by offset bits. */
    void addBytes(long[] byShift) {
        for (int size = smallest; size <= largest(); size++) {
            byShift[size] += (long) of(size).size() << size;
        }
    }
}
