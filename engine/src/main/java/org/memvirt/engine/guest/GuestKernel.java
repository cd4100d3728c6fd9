package org.memvirt.engine.guest;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.engine.cpu.Vcpu;

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
    // What runs when no process does.
    private final Process idle;

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
        cpus = new Cpus(vcpus, asidBits, broadcasts);
        memory = new GuestMemory(cpus::vcpu, memorySize, free);
        pages = new ProcessPages(memory, format.ofRoot(0), pageSizes, layout != null, cpus::flush);
        for (int number = 0; number < vcpus.size(); number++) {
            int faulting = number;
            vcpus.get(number).handleFaultsWith((fault, address, needed) -> onFault(faulting, fault, address, needed));
        }
        userEnd = layout == null ? format.userEnd() : Math.min(format.userEnd(), layout.userEnd());
        cpus.vcpu().enterKernel();
        kernelSpace = new KernelSpace(format, memory, memorySize, layout);
        kernelSpace.turnPagingOn(cpus.vcpu());
        cpus.vcpu().leaveKernel();
        idle = new Process(kernelSpace.idle());
        cpus.begin(idle);
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

    private <T extends @Nullable Object> T inKernel(Supplier<T> work) {
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

    // Processes.

    /** The process that runs on this CPU. */
    public Process current() {
        return cpus.current();
    }

    /** A new process without any area; it does not run yet. */
    public Process spawn() {
        return inKernel(() -> new Process(kernelSpace.create()));
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
        inKernel(() -> pages.share(parent.space, child.space));
        return child;
    }

    /** Ends a process and takes all its memory back. The CPUs where it runs have no process then. */
    public void exit(Process process) {
        inKernel(() -> {
            AddressSpace space = process.space;
            for (Area area : space.areas.values()) {
                pages.unmap(space, area.start(), area.end());
            }
            space.areas.clear();
            process.ended = true;
            cpus.stop(process, idle);
            space.table.release();
        });
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

    /**
     * Lets a process touch a range, page by page on demand; what the range was before is given up.
     *
     * @param start a multiple of the base page size
     * @param bytes a multiple of the base page size
     * @param rights user {@link Rights}
     */
    public void allow(Process process, long start, long bytes, int rights) {
        forbid(process, start, bytes);
        process.space.areas.put(start, new Area(start, start + bytes, rights));
    }

    /** Takes a range away from a process; its pages are freed. */
    public void forbid(Process process, long start, long bytes) {
        AddressSpace space = process.space;
        if (space.overlapsArea(start, start + bytes)) {
            inKernel(() -> pages.unmap(space, start, start + bytes));
        }
        space.carve(start, start + bytes);
    }

    /** Changes what a process may do in a range of whole pages. */
    public void protect(Process process, long start, long bytes, int rights) {
        AddressSpace space = process.space;
        long end = start + bytes;
        space.carve(start, end);
        space.areas.put(start, new Area(start, end, rights));
        inKernel(() -> pages.protect(space, start, end, rights));
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
        return inKernel(() -> process.space.table.find(address));
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
        AddressSpace running = cpus.current().space;
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
}
