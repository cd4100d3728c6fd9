package org.memvirt.engine.host;

import java.util.ArrayDeque;
import java.util.Deque;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostMemory;

/**
 * The memory that one guest has given back to its host: pages that it does not use, which nobody touches as long as the
 * balloon has them (Waldspurger, OSDI 2002).
 */
final class Balloon {
    /** Pages in a row that brought the host nothing, after which the guest is left alone. */
    private static final int PATIENCE = 64;

    private final HostMemory host;
    private final Backing backing;
    private final SpareMemory guest;
    private final Deque<Long> pages = new ArrayDeque<>();
    // Bytes that it keeps, however much memory the host has.
    private long asked;

    Balloon(HostMemory host, Backing backing, SpareMemory guest) {
        this.host = host;
        this.backing = backing;
        this.guest = guest;
    }

    /** Asks the guest for pages until so many bytes of the host's are free, or the guest's bring nothing. */
    void inflate(long free) {
        int shift = backing.granuleShift();
        Deque<Long> idle = new ArrayDeque<>();
        while (host.frames().free() < free && idle.size() < PATIENCE) {
            long gpa = guest.give(shift);
            if (gpa < 0) {
                break;
            }
            if (backing.find(gpa) < 0) {
                idle.push(gpa);
            } else {
                pages.push(gpa);
            }
            backing.discard(gpa, shift);
        }
        idle.forEach(gpa -> guest.takeBack(gpa, shift));
    }

    /** Gives the guest its pages back, but for what the balloon was asked to hold. */
    void deflate() {
        while (bytes() > asked) {
            guest.takeBack(pages.pop(), backing.granuleShift());
        }
    }

    /** Has the balloon hold so many bytes, or as many as the guest has to spare. */
    void hold(long bytes) {
        asked = bytes;
        int shift = backing.granuleShift();
        long gpa = 0;
        while (bytes() + (1L << shift) <= bytes && gpa >= 0) {
            gpa = guest.give(shift);
            if (gpa >= 0) {
                backing.discard(gpa, shift);
                pages.push(gpa);
            }
        }
        deflate();
    }

    Backing backing() {
        return backing;
    }

    /** Bytes that the balloon has. */
    long bytes() {
        return (long) pages.size() << backing.granuleShift();
    }
}
