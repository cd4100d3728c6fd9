package org.memvirt.testkit.format;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;

/**
 * Memory for tables, that notices what is wrong: a table given back twice, or never; it hands out again first what came
 * back last, so that a table used after its release shows. It can be told to have no more.
 */
public final class CountedFrames implements TableFrames {
    private final TableMemory memory;
    private final Map<Long, Long> handedOut = new HashMap<>();
    private final Map<Long, ArrayDeque<Long>> returned = new HashMap<>();
    private long next;
    private int left = Integer.MAX_VALUE;

    /** @param start the address of the first table */
    public CountedFrames(TableMemory memory, long start) {
        this.memory = memory;
        next = start;
    }

    /** From now on only that many tables can be had. */
    public void leaveOnly(int tables) {
        left = tables;
    }

    @Override
    public long allocate(long bytes) {
        if (Long.bitCount(bytes) != 1) {
            throw new AssertionError("a table of %d bytes is asked for: not a power of two".formatted(bytes));
        }
        if (left == 0) {
            throw new OutOfMemory("the test leaves no memory for a table of " + bytes + " bytes");
        }
        left--;
        ArrayDeque<Long> again = returned.computeIfAbsent(bytes, size -> new ArrayDeque<>());
        long address = again.isEmpty() ? (next + bytes - 1 & -bytes) : again.pop();
        next = Math.max(next, address + bytes);
        for (long at = address; at < address + bytes; at += Long.BYTES) {
            memory.store(at, 0);
        }
        handedOut.put(address, bytes);
        return address;
    }

    @Override
    public void release(long address, long bytes) {
        Long size = handedOut.remove(address);
        if (size == null || size != bytes) {
            throw new AssertionError(
                    "a table of %d bytes at %#x is given back, which had %s bytes".formatted(bytes, address, size));
        }
        returned.computeIfAbsent(bytes, any -> new ArrayDeque<>()).push(address);
    }

    /** The address of the first table that is out. */
    public long lowest() {
        return handedOut.keySet().stream().min(Long::compare).orElseThrow();
    }

    /** Bytes of the tables that are out. */
    public long bytes() {
        return handedOut.values().stream().mapToLong(Long::longValue).sum();
    }
}
