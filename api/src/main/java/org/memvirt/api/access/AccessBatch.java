package org.memvirt.api.access;

import java.util.ArrayList;
import java.util.List;

/**
 * A block of memory accesses in program order, as a struct of arrays that is filled and drained again and again.
 *
 * <p>Access {@code i}, for {@code 0 <= i < length}, touches the virtual address {@code addresses[i]} and needs the
 * {@link Rights} {@code kinds[i]}: one of the six bits, or read and write together for a read-modify-write. An access
 * never crosses a 4 KiB boundary: whoever fills the batch splits one that does into two.
 *
 * <p>The {@link #events} of a batch happen before its first access: whoever fills it ends it where another event comes.
 */
public class AccessBatch {
    /** Accesses in a batch of the usual size: small enough to stay in the first-level cache of the host. */
    public static final int USUAL_CAPACITY = 4096;

    /** Virtual addresses, all 64 bits as the program gave them. */
    public final long[] addresses;

    /** What each access needs, as {@link Rights}. */
    public final byte[] kinds;

    /** How many accesses the batch holds now. */
    public int length;

    private final List<GuestEvent> events = new ArrayList<>(0);

    public AccessBatch() {
        this(USUAL_CAPACITY);
    }

    public AccessBatch(int capacity) {
        if (capacity <= 0) {
            throw new IllegalArgumentException("a batch holds at least one access, not " + capacity);
        }
        addresses = new long[capacity];
        kinds = new byte[capacity];
    }

    public int capacity() {
        return addresses.length;
    }

    public boolean isFull() {
        return length == addresses.length;
    }

    /** Appends one access; the batch must not be full. */
    public void add(long address, int kind) {
        int at = length;
        addresses[at] = address;
        kinds[at] = (byte) kind;
        length = at + 1;
    }

    /**
     * Appends accesses of another batch, as far as there is room.
     *
     * @param from the index of the first
     * @param most how many at most
     * @return how many
     */
    public int add(AccessBatch other, int from, int most) {
        int count = Math.min(Math.min(most, other.length - from), capacity() - length);
        System.arraycopy(other.addresses, from, addresses, length, count);
        System.arraycopy(other.kinds, from, kinds, length, count);
        length += count;
        return count;
    }

    /**
     * Appends an event.
     *
     * @throws IllegalStateException when there are accesses already, which it would come after
     */
    public void add(GuestEvent event) {
        if (length > 0) {
            throw new IllegalStateException("the events of a batch come before its accesses: " + event);
        }
        events.add(event);
    }

    /** What happens before the first access, in order; live. */
    public List<GuestEvent> events() {
        return events;
    }

    /** Whether there is nothing in it. */
    public boolean isEmpty() {
        return length == 0 && events.isEmpty();
    }

    /** A batch of the same events and accesses, as large as it needs to be. */
    public AccessBatch copy() {
        AccessBatch copy = new AccessBatch(Math.max(1, length));
        copy.events.addAll(events);
        copy.add(this, 0, length);
        return copy;
    }

    public void clear() {
        length = 0;
        events.clear();
    }
}
