package org.memvirt.engine.guest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Fault;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.host.SpareMemory;

/**
 * The guest's kernel. It boots with paging off, builds a direct map of all its memory with the largest pages there are,
 * turns paging on, and then runs processes whose pages it maps on demand. Where hardware leaves a segment untranslated, it
 * lives there and needs no map. It edits its page tables by stores that pass its
 * vCPU. What it sees does not depend on the strategy under which it runs.
 */
public final class GuestKernel {
    private final Cpus cpus;
    private final GuestMemory memory;
    private final ProcessPages pages;
    private final KernelSpace kernelSpace;
    private final long userEnd;
    private final Counts counts = new Counts();
    private final Map<Integer, SharedObject> objects = new HashMap<>();
    // What runs when no process does.
    private final Process idle;
    private final Processes processes;
    private final Collapser daemon;
    private final long collapseEvery;
    // Accesses until the daemon works again.
    private long untilDaemon;

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
     * @throws IllegalArgumentException when the policy asks for more tags than hardware has
     */
    public GuestKernel(
            List<Vcpu> vcpus, PageTableFormat format, long memorySize, GuestPages pageSizes, GuestPolicy policy,
            boolean free, int asidBits, boolean broadcasts, @Nullable AddressLayout layout) {
        cpus = new Cpus(vcpus, asidBits, policy.tags(), broadcasts, counts);
        memory = new GuestMemory(cpus::vcpu, memorySize, free);
        userEnd = layout == null ? format.userEnd() : Math.min(format.userEnd(), layout.userEnd());
        pages = new ProcessPages(
                memory, format.ofRoot(0), pageSizes, policy, layout != null, userEnd, cpus, counts);
        for (int number = 0; number < vcpus.size(); number++) {
            int faulting = number;
            vcpus.get(number).handleFaultsWith((fault, address, needed) -> onFault(faulting, fault, address, needed));
        }
        List<Integer> shifts = format.ofRoot(0).pageShifts();
        int second = shifts.get(Math.min(1, shifts.size() - 1));
        daemon = new Collapser(pages, memory, Math.max(second, pageSizes.shift()), counts);
        collapseEvery = policy.collapseEvery();
        untilDaemon = collapseEvery;
        cpus.vcpu().enterKernel();
        kernelSpace = new KernelSpace(format, memory, memorySize, layout);
        kernelSpace.turnPagingOn(cpus.vcpu());
        cpus.vcpu().leaveKernel();
        idle = new Process(kernelSpace.idle());
        cpus.begin(idle);
        processes = new Processes(this::end, memory, counts);
        memory.whenShort(processes::makeRoom);
        run(start());
    }

    // CPUs.

    /** Boots another CPU, which is on a core: it turns paging on, and runs no process yet. */
    public void boot(int number) {
        cpus.on(number);
        inKernel(() -> kernelSpace.turnPagingOn(cpus.vcpu()));
    }

    /** What follows happens on this CPU, which is on a core. */
    public void on(int number) {
        cpus.on(number);
    }

    /** Does what is the kernel's own work on this CPU. */
    private void inKernel(Runnable work) {
        Vcpu vcpu = cpus.vcpu();
        vcpu.enterKernel();
        try {
            work.run();
        } finally {
            vcpu.leaveKernel();
        }
    }

    private <T extends @Nullable Object> T ask(Supplier<T> work) {
        Vcpu vcpu = cpus.vcpu();
        vcpu.enterKernel();
        try {
            return work.get();
        } finally {
            vcpu.leaveKernel();
        }
    }

    /** The address after the last that processes may have. */
    public long userEnd() {
        return userEnd;
    }

    /**
     * Carries accesses of the process out that runs on this CPU; the kernel's daemon works in between.
     *
     * @return the index of the first access that the process may not make, or the batch's length
     */
    public int execute(AccessBatch batch, int from) {
        Vcpu vcpu = cpus.vcpu();
        if (collapseEvery == 0) {
            return vcpu.execute(batch, from);
        }
        int length = batch.length;
        int at = from;
        while (at < length) {
            int until = (int) Math.min(length, at + untilDaemon);
            int done;
            try {
                batch.length = until;
                done = vcpu.execute(batch, at);
            } finally {
                batch.length = length;
            }
            untilDaemon -= done - at;
            if (done < until) {
                return done;
            }
            at = done;
            if (untilDaemon == 0) {
                untilDaemon = collapseEvery;
                collapse();
            }
        }
        return at;
    }

    /** Lets the daemon look for pages that it can replace by a large one, as it does from time to time. */
    public void collapse() {
        inKernel(() -> processes.guard(processes.spaces(), () -> daemon.work(processes.spaces())));
    }

    // Processes.

    /** The process that runs on this CPU. */
    public Process current() {
        return cpus.current();
    }

    /** A new process without any area; it does not run yet. */
    public Process spawn() {
        return processes.add(ask(kernelSpace::create));
    }

    /** A new process that may touch every user address; it does not run yet. */
    public Process start() {
        Process process = spawn();
        process.space.put(new Area(0, userEnd(), Rights.USER));
        return process;
    }

    /** A new process that shares the address space of another; it does not run yet. */
    public Process startThread(Process of) {
        return processes.add(of.space);
    }

    /**
     * A new process that is what another is, and shares its pages until one of them writes; it does not run yet. If memory
     * runs out on the way it has ended already.
     */
    public Process fork(Process parent) {
        Process child = spawn();
        boolean[] done = new boolean[1];
        inKernel(() -> processes.guard(List.of(parent.space, child.space), () -> {
            pages.share(parent.space, child.space);
            done[0] = true;
        }));
        if (!done[0] || parent.ended) {
            child.killed = true;
            if (!child.ended) {
                exit(child);
            }
        }
        return child;
    }

    /**
     * Ends a process, and takes all its memory back if none of its threads goes on. The CPUs where it runs have no process
     * then.
     */
    public void exit(Process process) {
        inKernel(() -> end(process));
    }

    private void end(Process process) {
        AddressSpace space = process.space;
        processes.remove(process);
        process.ended = true;
        if (space.threads > 0) {
            cpus.stop(process, idle);
            return;
        }
        for (Area area : space.areas.values()) {
            pages.unmap(space, area.start(), area.end());
        }
        space.areas.clear();
        cpus.stop(process, idle);
        space.table.release();
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
        inKernel(() -> cpus.run(process));
    }

    /** Whether no other thread shares the process's address space any more. */
    public boolean isLastThread(Process process) {
        return process.space.threads == 1;
    }

    // Ranges of a process's addresses.

    /**
     * Lets a process touch a range, page by page on demand; what the range was before is given up.
     *
     * @param start a multiple of the base page size
     * @param bytes a multiple of the base page size
     * @param rights user {@link Rights}
     */
    public void allow(Process process, long start, long bytes, int rights) {
        put(process, new Area(start, start + bytes, rights));
    }

    /**
     * Lets a process touch a part of an object that processes share, which begins with its first mapping.
     *
     * @param object its number
     * @param offset of the first byte in it, a multiple of the base page size
     */
    public void allowShared(Process process, long start, long bytes, int rights, int object, long offset) {
        SharedObject shared = objects.computeIfAbsent(object, number -> new SharedObject());
        put(process, new Area(start, start + bytes, rights, shared, offset));
    }

    private void put(Process process, Area area) {
        forbid(process, area.start(), area.end() - area.start());
        if (!process.ended) {
            process.space.put(area);
        }
    }

    /** Takes a range away from a process; its pages are freed. */
    public void forbid(Process process, long start, long bytes) {
        AddressSpace space = process.space;
        cutAround(space, start, bytes);
        if (process.ended) {
            return;
        }
        if (space.overlapsArea(start, start + bytes)) {
            inKernel(() -> pages.remove(space, start, start + bytes));
        }
        space.carve(start, start + bytes);
    }

    /** Changes what a process may do in a range of whole pages. */
    public void protect(Process process, long start, long bytes, int rights) {
        AddressSpace space = process.space;
        cutAround(space, start, bytes);
        if (process.ended) {
            return;
        }
        space.protect(start, start + bytes, rights);
        inKernel(() -> pages.protect(space, start, start + bytes, rights));
    }

    /** Has no page lie in the range with a part only: splits those that do. */
    private void cutAround(AddressSpace space, long start, long bytes) {
        inKernel(() -> processes.guard(List.of(space), () -> pages.splitAt(space, start, start)));
        inKernel(() -> processes.guard(List.of(space), () -> pages.splitAt(space, start + bytes, start + bytes - 1)));
    }

    /** Flushes what is cached of a range of a process, or of all its addresses if there are no bytes. */
    public void flush(Process process, long start, long bytes) {
        inKernel(() -> {
            if (bytes == 0) {
                cpus.flush(process.space);
            } else {
                pages.flush(process.space, start, bytes);
            }
        });
    }

    /** The page that maps a user address of the process, or null; the kernel reads its page table for that. */
    public @Nullable Mapping find(Process process, long address) {
        return ask(() -> process.space.table.find(address));
    }

    // Faults.

    private boolean onFault(int number, Fault fault, long address, int needed) {
        int interrupted = cpus.number();
        cpus.on(number);
        try {
            return onFault(fault, address, needed);
        } finally {
            cpus.on(interrupted);
        }
    }

    private boolean onFault(Fault fault, long address, int needed) {
        Process running = cpus.current();
        AddressSpace space = running.space;
        Area area = space.areaOf(address);
        if (area == null || !Rights.permit(area.rights(), needed)) {
            return false;
        }
        switch (fault) {
            case NOT_PRESENT -> processes.guard(List.of(space), () -> pages.populate(space, area, address, needed));
            case PERMISSION -> processes.guard(List.of(space), () -> pages.makeWritable(space, area, address));
            case ACCESS_FLAG -> pages.markAccessed(space, address);
            default -> {
                return false;
            }
        }
        return !running.ended;
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

    /** What it has counted; live. */
    public Counts counts() {
        return counts;
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
