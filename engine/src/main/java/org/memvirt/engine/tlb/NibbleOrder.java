package org.memvirt.engine.tlb;

/**
 * True LRU of up to 16 ways in one word: a permutation of way numbers, the most recently used in the low nibble. The
 * nibbles above the ways hold the numbers that are not used.
 */
final class NibbleOrder {
    static final int MOST_WAYS = 16;

    /** No way was used yet: way 0 counts as the latest. */
    static final long START = 0xfedc_ba98_7654_3210L;

    private static final long ONES = 0x1111_1111_1111_1111L;
    private static final long EIGHTS = 0x8888_8888_8888_8888L;

    private NibbleOrder() {}

    /** The order after a use of {@code way}. */
    static long touch(long order, int way) {
        int at = shiftOf(order, way);
        long newer = (1L << at) - 1;
        return order & ~(newer << 4 | 15) | (order & newer) << 4 | way;
    }

    /** The order after a use of the oldest way, which lies at bit {@code 4 * (ways - 1)}. */
    static long rotate(long order, int oldestShift) {
        long used = -1L >>> 60 - oldestShift;
        return order & ~used | order << 4 & used | order >>> oldestShift & 15;
    }

    /** The order that makes {@code way} the oldest. */
    static long free(long order, int way, int ways) {
        int at = shiftOf(order, way);
        long used = -1L >>> 64 - 4 * ways;
        long newer = order & (1L << at) - 1;
        long older = at == 60 ? 0 : (order & used) >>> at + 4 << at;
        return order & ~used | newer | older | (long) way << 4 * (ways - 1);
    }

    /** The bit position of the nibble that holds {@code way}. */
    private static int shiftOf(long order, int way) {
        long differs = order ^ way * ONES;
        return Long.numberOfTrailingZeros(differs - ONES & ~differs & EIGHTS) & ~3;
    }
}
