package org.memvirt.engine.guest;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.engine.cpu.GuestAccess;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.memory.BuddyAllocator;
import org.memvirt.engine.memory.BuddyAllocator.Pool;

/**
 * The guest kernel's hands on its physical memory: who gets which frame, and loads and stores of its own, which pass the
 * vCPU. While paging is off they are made at the guest-physical address, afterwards through the direct map.
 *
 * <p>Clearing a page counts as one store to each 64-byte line of it, copying one as a load and a store; where stores trap, as
 * one a word.
 */
final class GuestMemory implements TableMemory, TableFrames {
    /** What the kernel's image takes at the bottom. */
    static final long IMAGE = 2L << 20;

    private static final int LINE = 64;
    private static final long FRAME = 1L << BuddyAllocator.FRAME_SHIFT;

    private final Supplier<Vcpu> running;
    private final BuddyAllocator frames;
    private final boolean free;
    private final AccessBatch lines = new AccessBatch(4096 / LINE);
    // Of frames that several processes map, by address: how many there are besides one.
    private final Map<Long, Integer> shared = new HashMap<>();
    private BooleanSupplier shortage = () -> false;
    private @Nullable OutOfMemory lastShortage;
    private @Nullable TableMemory peeked;
    private long directMap;
    private long tableBytes;
    private long tablesReleased;

    /** @param running the vCPU that the kernel runs on now */
    GuestMemory(Supplier<Vcpu> running, long size, boolean free) {
        this.running = running;
        this.free = free;
        frames = new BuddyAllocator("guest", IMAGE, size);
    }

    /** Who is asked for memory when there is none left; it answers whether some is free now. */
    void whenShort(BooleanSupplier newShortage) {
        shortage = newShortage;
    }

    /** Paging is on: gPA {@code x} is now found at {@code base + x}. */
    void useDirectMap(long base) {
        directMap = base;
    }

    /** Reads what lies at guest-physical addresses there from now on, which costs nothing; null ends it. */
    void peek(@Nullable TableMemory words) {
        peeked = words;
    }

    @Override
    public long load(long gpa) {
        TableMemory words = peeked;
        if (words != null) {
            return words.load(gpa);
        }
        GuestAccess access = running.get().access();
        return free ? access.load(gpa) : access.loadVirtual(directMap + gpa);
    }

    @Override
    public void store(long gpa, long value) {
        if (free) {
            running.get().access().store(gpa, value);
        } else {
            running.get().access().storeVirtual(directMap + gpa, value);
        }
    }

    /** Memory for a page table, cleared. */
    @Override
    public long allocate(long bytes) {
        int shift = shiftOf(bytes);
        long gpa = allocate(shift, Pool.TABLES);
        clear(gpa, bytes);
        tableBytes += 1L << shift;
        return gpa;
    }

    @Override
    public void release(long gpa, long bytes) {
        frames.release(gpa, shiftOf(bytes));
        tableBytes -= 1L << shiftOf(bytes);
        tablesReleased++;
    }

    /** How many tables have been given back. */
    long tablesReleased() {
        return tablesReleased;
    }

    private long allocate(int shift, Pool pool) {
        long gpa = frames.tryAllocate(shift, pool);
        while (gpa < 0 && shortage.getAsBoolean()) {
            gpa = frames.tryAllocate(shift, pool);
        }
        if (gpa >= 0) {
            return gpa;
        }
        try {
            return frames.allocate(shift, pool);
        } catch (OutOfMemory e) {
            lastShortage = e;
            throw e;
        }
    }

    /** Whether it is this memory that has run out. */
    boolean ranOut(OutOfMemory e) {
        return e == lastShortage;
    }

    /** A page for a process, cleared; -1 when there is none of that size. */
    long tryAllocatePage(int shift) {
        long gpa = frames.tryAllocate(shift, Pool.DATA);
        if (gpa >= 0) {
            clear(gpa, 1L << shift);
        }
        return gpa;
    }

    /** A page for a process, cleared. */
    long allocatePage(int shift) {
        long gpa = allocate(shift, Pool.DATA);
        clear(gpa, 1L << shift);
        return gpa;
    }

    /** A page for a process, not cleared; -1 when there is none of that size. */
    long tryAllocateForCopy(int shift) {
        return frames.tryAllocate(shift, Pool.DATA);
    }

    /** A page for a process, with what another of its size holds. */
    long copyPage(long gpa, int shift) {
        long copy = allocate(shift, Pool.DATA);
        copy(gpa, copy, shift);
        return copy;
    }

    /** Copies a page of 2^shift bytes. */
    void copy(long gpa, long copy, int shift) {
        if (free) {
            running.get().access().copy(gpa, copy, 1L << shift);
            return;
        }
        for (long at = 0; at < 1L << shift; at += FRAME) {
            if (running.get().access().traps(copy + at)) {
                for (long word = at; word < at + FRAME; word += Long.BYTES) {
                    store(copy + word, load(gpa + word));
                }
            } else {
                touchLines(gpa + at, FRAME, Rights.SUPERVISOR_READ);
                touchLines(copy + at, FRAME, Rights.SUPERVISOR_WRITE);
                running.get().access().copy(gpa + at, copy + at, FRAME);
            }
        }
    }

    /** A page that nobody uses, as it is, for the VMM; -1 when there is none of that size. */
    long give(int shift) {
        return frames.tryAllocate(shift, Pool.DATA);
    }

    /** The kernel has such a page again. */
    void takeBack(long gpa, int shift) {
        frames.release(gpa, shift);
    }

    /** One more process maps the page. */
    void sharePage(long gpa, int shift) {
        for (long frame = gpa; frame < gpa + (1L << shift); frame += FRAME) {
            shared.merge(frame, 1, Integer::sum);
        }
    }

    /** Whether another process maps any of the page. */
    boolean isShared(long gpa, int shift) {
        if (shared.isEmpty()) {
            return false;
        }
        for (long frame = gpa; frame < gpa + (1L << shift); frame += FRAME) {
            if (shared.containsKey(frame)) {
                return true;
            }
        }
        return false;
    }

    /** One process fewer maps the page, whose frames are free after the last. */
    void releasePage(long gpa, int shift) {
        if (!isShared(gpa, shift)) {
            frames.release(gpa, shift);
            return;
        }
        for (long frame = gpa; frame < gpa + (1L << shift); frame += FRAME) {
            if (shared.containsKey(frame)) {
                shared.computeIfPresent(frame, (page, others) -> others == 1 ? null : others - 1);
            } else {
                frames.release(frame, BuddyAllocator.FRAME_SHIFT);
            }
        }
    }

    /** Bytes of the guest's page tables. */
    long tableBytes() {
        return tableBytes;
    }

    /** Bytes that are handed out, tables included. */
    long allocated() {
        return frames.allocated();
    }

    private void clear(long gpa, long bytes) {
        if (free) {
            running.get().access().zero(gpa, bytes);
            return;
        }
        long piece = Math.min(bytes, FRAME);
        for (long at = gpa; at < gpa + bytes; at += piece) {
            if (running.get().access().traps(at)) {
                for (long word = at; word < at + piece; word += Long.BYTES) {
                    store(word, 0);
                }
            } else {
                touchLines(at, piece, Rights.SUPERVISOR_WRITE);
                running.get().access().zero(at, piece);
            }
        }
    }

    private void touchLines(long gpa, long bytes, int needed) {
        long from = directMap + gpa;
        for (long at = from; at < from + bytes; at += LINE) {
            lines.add(at, needed);
            if (lines.isFull() || at + LINE >= from + bytes) {
                if (running.get().execute(lines, 0) != lines.length) {
                    throw new IllegalStateException(
                            "the guest kernel may not touch its own page at %#x".formatted(gpa));
                }
                lines.clear();
            }
        }
    }

    private static int shiftOf(long bytes) {
        return Math.max(BuddyAllocator.FRAME_SHIFT, Long.SIZE - Long.numberOfLeadingZeros(bytes - 1));
    }
}
