package org.memvirt.engine.tlb;

/**
 * One-byte fingerprints of up to 16 keys, two words of them: all are compared with another at once. Keys are named in such an
 * answer by bits: key {@code k} below 8 by the lowest bit of byte {@code k}, from 8 on by the next one of byte {@code k - 8}.
 */
final class Fingerprints {
    static final int MOST_WAYS = 16;

    private static final long BYTE_ONES = 0x0101_0101_0101_0101L;
    private static final long BYTE_TOPS = 0x8080_8080_8080_8080L;

    private Fingerprints() {}

    /** The bits that name the first keys. */
    static long ofWays(int ways) {
        long bits = 0;
        for (int way = 0; way < ways; way++) {
            bits |= 1L << ((way & 7) << 3 | way >>> 3);
        }
        return bits;
    }

    /** The key that a bit names, by its number. */
    static int wayOf(int bit) {
        return bit >>> 3 | (bit & 1) << 3;
    }

    /**
     * The keys with this fingerprint, and perhaps some more.
     *
     * @param words at {@code at} and behind it the fingerprints
     * @param print from 0 to 255
     * @param ofWays the bits of all keys that there are
     */
    static long candidates(long[] words, int at, long print, long ofWays) {
        long pattern = print * BYTE_ONES;
        return (zeroBytes(words[at] ^ pattern) | zeroBytes(words[at + 1] ^ pattern) << 1) & ofWays;
    }

    /** The lowest bit of each byte of the word that is zero, and perhaps of some above such a one. */
    private static long zeroBytes(long word) {
        return (word - BYTE_ONES & ~word & BYTE_TOPS) >>> 7;
    }

    /** Gives a key a fingerprint: the low byte of {@code print}. */
    static void put(long[] words, int at, int way, long print) {
        int word = at + (way >>> 3);
        int shift = way << 3;
        words[word] = words[word] & ~(0xffL << shift) | (print & 0xff) << shift;
    }
}
