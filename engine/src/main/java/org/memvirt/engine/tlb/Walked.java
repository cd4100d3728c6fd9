package org.memvirt.engine.tlb;

/**
 * The misses of a {@link org.memvirt.engine.block.LevelsBlock} and what their walks answered, by number: the page size that was
 * foreseen when its entry was made, what it has to allow, and, once it is answered, where the page lies and what it allows.
 */
public final class Walked {
    private static final long PAGE = -4096;

    private final int[] position;
    /** The address of a page of 4 KiB with, in the low bits, what the walk has to allow. */
    private final long[] asked;

    private final byte[] pageShift;
    private final long[] output;
    private final byte[] allowed;
    private int count;

    public Walked(int capacity) {
        position = new int[capacity];
        asked = new long[capacity];
        pageShift = new byte[capacity];
        output = new long[capacity];
        allowed = new byte[capacity];
    }

    public void clear() {
        count = 0;
    }

    public boolean isFull() {
        return count == asked.length;
    }

    public int count() {
        return count;
    }

    /** One more miss: by the access at this index of the batch. Returns its number. */
    public int add(int at, long address, int need, int foreseenShift) {
        position[count] = at;
        asked[count] = address & PAGE | need;
        pageShift[count] = (byte) foreseenShift;
        return count++;
    }

    /** The walk has to allow this, too. */
    public void demand(int number, int need) {
        asked[number] |= need;
    }

    /** The index in the batch of the access that missed. */
    public int position(int number) {
        return position[number];
    }

    public int pageShift(int number) {
        return pageShift[number];
    }

    /** Copies what is asked from a miss on; returns how many. */
    public int copyAsked(int number, long[] into) {
        int copied = Math.min(count - number, into.length);
        System.arraycopy(asked, number, into, 0, copied);
        return copied;
    }

    /** Whether an answer is one that was foreseen: its page size, and that it allows what it has to. */
    public boolean isForeseen(int number, int shift, int allows) {
        return shift == pageShift[number] && (asked[number] & ~PAGE & ~allows) == 0;
    }

    /** @param outputAddress any in the page */
    public void answer(int number, long outputAddress, int allows) {
        output[number] = outputAddress & -1L << pageShift[number];
        allowed[number] = (byte) allows;
    }

    /** Where an answered walk's page has this address. */
    public long output(int number, long address) {
        return output[number] | address & (1L << pageShift[number]) - 1;
    }

    public int allowed(int number) {
        return allowed[number];
    }

    /** Gives the entries of an array that have a {@link Pending} value what their walks answered. */
    void settle(TlbArray array) {
        for (int place = 0; place < array.entries(); place++) {
            int entry = array.entryAt(place);
            long value = array.value(entry);
            if (Pending.is(value)) {
                int number = Pending.number(value);
                array.setValue(entry, TlbKeys.frame(output(number, array.page(entry))) | allowed(number));
            }
        }
    }
}
