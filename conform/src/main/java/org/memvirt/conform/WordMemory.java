package org.memvirt.conform;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import org.memvirt.api.table.TableMemory;

/**
 * The table words of one case: a hash table by address that is emptied at no cost, and knows which words have changed.
 * What was never written is 0.
 */
final class WordMemory implements TableMemory {
    private static final long SCATTER = 0x9e37_79b9_7f4a_7c15L;

    /** Differs from run to run, so that no file can have all its words fall on one place; no result depends on it. */
    private static final long SALT = new SplittableRandom().nextLong();

    private long[] addresses = new long[1024];
    private long[] words = new long[1024];
    private long[] initial = new long[1024];
    /** The round in which a slot was filled: slots of earlier rounds are empty. */
    private int[] filled = new int[1024];

    private int[] slots = new int[512];
    private int round = 1;
    private int count;

    /** Forgets everything. */
    void clear() {
        count = 0;
        round++;
        if (round < 0) {
            Arrays.fill(filled, 0);
            round = 1;
        }
    }

    @Override
    public long load(long address) {
        int slot = find(address);
        return filled[slot] == round ? words[slot] : 0;
    }

    @Override
    public void store(long address, long value) {
        words[slot(address)] = value;
    }

    /** Sets bits of the word as it was at first. */
    void begin(long address, long bits) {
        int slot = slot(address);
        initial[slot] |= bits;
        words[slot] = initial[slot];
    }

    /** The word as it was at first. */
    long before(long address) {
        int slot = find(address);
        return filled[slot] == round ? initial[slot] : 0;
    }

    /** Whether anything was written at {@code address}. */
    boolean holds(long address) {
        return filled[find(address)] == round;
    }

    /** Gives the address of each word that is not as it was. */
    void forEachChanged(LongConsumer visitor) {
        for (int i = 0; i < count; i++) {
            int slot = slots[i];
            if (words[slot] != initial[slot]) {
                visitor.accept(addresses[slot]);
            }
        }
    }

    private int slot(long address) {
        int slot = find(address);
        if (filled[slot] == round) {
            return slot;
        }
        if (count == slots.length) {
            grow();
            slot = find(address);
        }
        filled[slot] = round;
        addresses[slot] = address;
        words[slot] = 0;
        initial[slot] = 0;
        slots[count++] = slot;
        return slot;
    }

    /** The slot of an address, or the empty one that it would take. */
    private int find(long address) {
        int mask = addresses.length - 1;
        long mixed = (address ^ SALT) * SCATTER;
        int slot = (int) ((mixed ^ mixed >>> 32) * SCATTER >>> 32) & mask;
        while (filled[slot] == round && addresses[slot] != address) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldAddresses = addresses;
        long[] oldWords = words;
        long[] oldInitial = initial;
        int[] oldSlots = slots;
        int size = 2 * addresses.length;
        addresses = new long[size];
        words = new long[size];
        initial = new long[size];
        filled = new int[size];
        slots = new int[size / 2];
        int moved = count;
        count = 0;
        for (int i = 0; i < moved; i++) {
            int from = oldSlots[i];
            int to = slot(oldAddresses[from]);
            words[to] = oldWords[from];
            initial[to] = oldInitial[from];
        }
    }
}
