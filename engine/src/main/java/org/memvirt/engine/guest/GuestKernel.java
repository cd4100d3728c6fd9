package org.memvirt.engine.guest;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Fault;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.host.SpareMemory;

/**
 * The guest's kernel. It boots with paging off, builds a direct map of all its memory with the largest pages there are,
 * turns paging on, and then runs processes whose pages it maps on demand. Where hardware leaves a segment untranslated, it
 * lives there and needs no map. It edits its page tables by stores that pass its
 * vCPU. What it sees does not depend on the strategy under which it runs.
 */
public final class GuestKernel {
    /** The kernel's own address-space tag, with which it boots. */
    private static final int KERNEL_ASID = 0;

    private final List<Vcpu> vcpus;
    private final boolean broadcasts;
    // Whether the kernel's own memory is found through its page table.
    private final boolean isMapped;
    private final long userEnd;
    private final PageTableFormat format;
    // Of its two halves, which are one and the same where all addresses have one root.
    private final PageTableFormat processFormat;
    private final PageTableFormat kernelFormat;
    private final GuestMemory memory;
    private final ProcessPages pages;
    private final PageTable kernelTable;
    private final TagPool tags;
    private final boolean tagged;
    // What runs when no process does.
    private final Process idle;
    // By CPU.
    private final Process[] current;
    // Whose turn it is.
    private int cpu;

    /**
     * Boots on the first CPU, and starts a first process there that may touch every user address.
     *
     * @param vcpus its CPUs; the first is on a core
     * @param broadcasts whether hardware tells all CPUs of an invalidation
     * @param memorySize of the guest in bytes
     * @param free whether the kernel's own work costs no access
     * @param asidBits of the tags that hardware has for address spaces
     * @param layout of the addresses where hardware walks no tables: it tells where the kernel lives; null if all is
     *     translated by the tables once paging is on
     */
    public GuestKernel(
            List<Vcpu> vcpus, PageTableFormat format, long memorySize, GuestPages pageSizes, boolean free,
            int asidBits, boolean broadcasts, @Nullable AddressLayout layout) {
        this.vcpus = List.copyOf(vcpus);
        this.broadcasts = broadcasts;
        this.format = format;
        processFormat = format.ofRoot(0);
        kernelFormat = format.ofRoot(format.roots() - 1);
        memory = new GuestMemory(this::vcpu, memorySize, free);
        pages = new ProcessPages(memory, processFormat, pageSizes, layout != null, this::invalidate);
        tags = new TagPool(asidBits);
        tagged = asidBits > 0;
        for (int number = 0; number < vcpus.size(); number++) {
            int faulting = number;
            vcpus.get(number).handleFaultsWith((fault, address, needed) -> onFault(faulting, fault, address, needed));
        }
        isMapped = layout == null;
        userEnd = layout == null ? format.userEnd() : Math.min(format.userEnd(), layout.userEnd());
        if (layout != null) {
            memory.useDirectMap(layout.unmappedBase());
        }
        vcpu().enterKernel();
        kernelTable = kernelFormat.create(memory, memory);
        if (isMapped) {
            mapDirectly(memorySize);
        }
        idle = new Process(sharesRoot() ? kernelTable : processFormat.create(memory, memory));
        turnPagingOn();
        if (isMapped) {
            memory.useDirectMap(format.kernelBase());
        }
        vcpu().leaveKernel();
        current = new Process[vcpus.size()];
        Arrays.fill(current, idle);
        run(start());
    }

    // CPUs.

    /** Boots another CPU, which is on a core: it turns paging on, and runs no process yet. */
    public void boot(int number) {
        on(number);
        vcpu().enterKernel();
        turnPagingOn();
        vcpu().leaveKernel();
    }

    private void turnPagingOn() {
        if (sharesRoot()) {
            vcpu().pagingOn(format, KERNEL_ASID, kernelTable.root());
        } else {
            vcpu().pagingOn(format, KERNEL_ASID, idle.table.root(), kernelTable.root());
        }
    }

    /** Whether kernel and process are translated from one root, so that each process's table has the kernel's part. */
    private boolean sharesRoot() {
        return format.roots() == 1;
    }

    /** What follows happens on this CPU, which is on a core. */
    public void on(int number) {
        cpu = number;
    }

    private Vcpu vcpu() {
        return vcpus.get(cpu);
    }

    private void mapDirectly(long memorySize) {
        List<Integer> shifts = kernelFormat.pageShifts();
        long reach = Math.min(memorySize, reach());
        long at = 0;
        while (at < reach) {
            int best = shifts.getFirst();
            for (int shift : shifts) {
                if ((at & (1L << shift) - 1) == 0 && at + (1L << shift) <= reach) {
                    best = shift;
                }
            }
            kernelTable.map(
                    format.kernelBase() + at,
                    at,
                    best,
                    Rights.SUPERVISOR_READ | Rights.SUPERVISOR_WRITE,
                    PageTable.GLOBAL | PageTable.ACCESSED | PageTable.DIRTY);
            at += 1L << best;
        }
    }

    /** Bytes of addresses that the kernel has for itself. */
    private long reach() {
        int bits = sharesRoot() ? format.inputBits() - 1 : kernelFormat.inputBits();
        return bits >= 62 ? Long.MAX_VALUE : 1L << bits;
    }

    /** The address after the last that processes may have. */
    public long userEnd() {
        return userEnd;
    }

    // Processes.

    /** The process that runs on this CPU. */
    public Process current() {
        return current[cpu];
    }

    /** A new process without any area; it does not run yet. */
    public Process spawn() {
        vcpu().enterKernel();
        try {
            PageTable table = processFormat.create(memory, memory);
            if (isMapped && sharesRoot()) {
                table.adopt(kernelTable, format.kernelBase(), reach());
            }
            return new Process(table);
        } finally {
            vcpu().leaveKernel();
        }
    }

    /** A new process that may touch every user address; it does not run yet. */
    public Process start() {
        Process process = spawn();
        allow(process, 0, userEnd(), Rights.USER);
        return process;
    }

    /** A new process that is what another is, and shares its pages until one of them writes; it does not run yet. */
    public Process fork(Process parent) {
        Process child = spawn();
        vcpu().enterKernel();
        try {
            pages.share(parent, child);
            return child;
        } finally {
            vcpu().leaveKernel();
        }
    }

    /** Ends a process and takes all its memory back. The CPUs where it runs have no process then. */
    public void exit(Process process) {
        vcpu().enterKernel();
        try {
            for (Area area : process.areas.values()) {
                pages.unmap(process, area.start(), area.end());
            }
            process.areas.clear();
            process.ended = true;
            for (int number = 0; number < current.length; number++) {
                if (current[number] == process) {
                    current[number] = idle;
                    onEach(number, each -> each.loadRoot(idle.table.root(), KERNEL_ASID, !tagged));
                }
            }
            process.table.release();
        } finally {
            vcpu().leaveKernel();
        }
    }

    /**
     * Lets another process run.
     *
     * @throws IllegalArgumentException when it has ended
     */
    public void run(Process process) {
        if (process.ended) {
            throw new IllegalArgumentException("a process that has ended cannot run");
        }
        vcpu().enterKernel();
        try {
            giveTag(process);
            current[cpu] = process;
            process.cpus.set(cpu);
            // Without tags each load flushes what the last process left.
            process.root = process.table.root();
            vcpu().loadRoot(process.root, TagPool.tag(process.ticket), !tagged);
        } finally {
            vcpu().leaveKernel();
        }
    }

    /** Tags of processes that run on other CPUs survive a roll-over. */
    private void giveTag(Process process) {
        process.ticket = tags.renewed(process.ticket);
        if (process.ticket != 0) {
            return;
        }
        long generation = tags.generation();
        long[] active = Arrays.stream(current).mapToLong(each -> each.ticket).toArray();
        process.ticket = tags.take(active);
        if (tagged && tags.generation() != generation) {
            for (int number = 0; number < vcpus.size(); number++) {
                onEach(number, Vcpu::invalidateSpaces);
            }
        }
    }

    /** Has a CPU do something, another one by an interrupt. */
    private void onEach(int number, Consumer<Vcpu> work) {
        Vcpu other = vcpus.get(number);
        if (number != cpu) {
            vcpu().interrupt(other);
            other.enterKernel();
        }
        work.accept(other);
        if (number != cpu) {
            other.leaveKernel();
        }
    }

    /**
     * Lets a process touch a range, page by page on demand; what the range was before is given up.
     *
     * @param start a multiple of the base page size
     * @param bytes a multiple of the base page size
     * @param rights user {@link Rights}
     */
    public void allow(Process process, long start, long bytes, int rights) {
        forbid(process, start, bytes);
        process.areas.put(start, new Area(start, start + bytes, rights));
    }

    /** Takes a range away from a process; its pages are freed. */
    public void forbid(Process process, long start, long bytes) {
        boolean wasThere = overlapsArea(process, start, start + bytes);
        process.carve(start, start + bytes);
        if (wasThere) {
            vcpu().enterKernel();
            try {
                pages.unmap(process, start, start + bytes);
            } finally {
                vcpu().leaveKernel();
            }
        }
    }

    private static boolean overlapsArea(Process process, long start, long end) {
        var below = process.areas.lowerEntry(end);
        return below != null && below.getValue().end() > start;
    }

    /** Changes what a process may do in a range of whole pages. */
    public void protect(Process process, long start, long bytes, int rights) {
        long end = start + bytes;
        process.carve(start, end);
        process.areas.put(start, new Area(start, end, rights));
        vcpu().enterKernel();
        try {
            pages.protect(process, start, end, rights);
        } finally {
            vcpu().leaveKernel();
        }
    }

    /** A page of the process that lies in the range with a part only, or null: no range that is changed may have one. */
    public @Nullable Mapping pageCutBy(Process process, long start, long bytes) {
        Mapping first = find(process, start);
        if (first != null && first.inputAddress() != start) {
            return first;
        }
        Mapping last = find(process, start + bytes - 1);
        return last != null && last.inputAddress() + last.bytes() != start + bytes ? last : null;
    }

    /** The page that maps a user address of the process, or null; the kernel reads its page table for that. */
    public @Nullable Mapping find(Process process, long address) {
        vcpu().enterKernel();
        try {
            return process.table.find(address);
        } finally {
            vcpu().leaveKernel();
        }
    }

    private void invalidate(Process process, Invalidation stale) {
        // Without tags a process that runs on one CPU has no current ticket once another runs on a second.
        long ticket = tagged ? tags.renewed(process.ticket) : process.ticket;
        if (stale.what() == Invalidation.Reach.NOTHING || ticket == 0) {
            return;
        }
        int asid = TagPool.tag(ticket);
        // A table that grows may move.
        boolean moved = process.root != process.table.root();
        if (moved || stale.what() == Invalidation.Reach.ROOT) {
            process.root = process.table.root();
            for (int number = 0; number < current.length; number++) {
                if (current[number] == process) {
                    onEach(number, each -> each.loadRoot(process.root, asid, true));
                }
            }
        }
        if (stale.what() == Invalidation.Reach.ROOT) {
            return;
        }
        if (broadcasts) {
            vcpu().invalidateEverywhere(stale, asid);
        } else {
            vcpu().invalidate(stale, asid);
            for (int number = process.cpus.nextSetBit(0); number >= 0; number = process.cpus.nextSetBit(number + 1)) {
                if (number != cpu) {
                    onEach(number, each -> each.invalidate(stale, asid));
                }
            }
        }
    }

    // Faults.

    private boolean onFault(int number, Fault fault, long address, int needed) {
        int interrupted = cpu;
        cpu = number;
        try {
            return onFault(fault, address, needed);
        } finally {
            cpu = interrupted;
        }
    }

    private boolean onFault(Fault fault, long address, int needed) {
        Process running = current[cpu];
        Area area = running.areaOf(address);
        if (area == null || !Rights.permit(area.rights(), needed)) {
            return false;
        }
        switch (fault) {
            case NOT_PRESENT -> pages.populate(running, area, address, needed);
            case PERMISSION -> pages.makeWritable(running, area, address);
            case ACCESS_FLAG -> pages.markAccessed(running, address);
            default -> {
                return false;
            }
        }
        return true;
    }

    // For reports.

    /** Bytes of all of the guest's page tables. */
    public long tableBytes() {
        return memory.tableBytes();
    }

    /** Bytes of guest-physical memory that are handed out, tables included. */
    public long allocatedBytes() {
        return memory.allocated();
    }

    /**
     * The page of a process that maps an address, as somebody who is not the guest reads it in the guest's memory: no access is
     * made. Null if there is none.
     *
     * @param words guest-physical memory
     */
    public @Nullable Mapping peek(Process process, long address, TableMemory words) {
        memory.peek(words);
        try {
            return find(process, address);
        } finally {
            memory.peek(null);
        }
    }

    /** What the kernel gives its VMM of the memory that it does not use, through its balloon. */
    public SpareMemory spareMemory() {
        return new SpareMemory() {
            @Override
            public long give(int shift) {
                return memory.give(shift);
            }

            @Override
            public void takeBack(long gpa, int shift) {
                memory.takeBack(gpa, shift);
            }
        };
    }
}
