package org.memvirt.engine.guest;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.table.Invalidation;
import org.memvirt.engine.cpu.Vcpu;

/** The guest's CPUs: what runs on each, under which tag, and how all of them flush what a change of a page table made stale. */
final class Cpus {
    /** The kernel's own address-space tag, with which it boots. */
    static final int KERNEL_ASID = 0;

    private final List<Vcpu> vcpus;
    private final boolean broadcasts;
    private final TagPool tags;
    private final boolean tagged;
    private final Process[] current;
    // Whose turn it is.
    private int cpu;

    /**
     * @param asidBits of the tags that hardware has for address spaces
     * @param broadcasts whether hardware tells all CPUs of an invalidation
     */
    Cpus(List<Vcpu> vcpus, int asidBits, boolean broadcasts) {
        this.vcpus = List.copyOf(vcpus);
        this.broadcasts = broadcasts;
        tags = new TagPool(asidBits);
        tagged = asidBits > 0;
        current = new Process[vcpus.size()];
    }

    /** What runs on all of them at first. */
    void begin(Process idle) {
        Arrays.fill(current, idle);
    }

    /** What follows happens on this CPU. */
    void on(int number) {
        cpu = number;
    }

    /** Whose turn it is. */
    int number() {
        return cpu;
    }

    /** The same. */
    Vcpu vcpu() {
        return vcpus.get(cpu);
    }

    /** What runs on it. */
    Process current() {
        return current[cpu];
    }

    /** Lets another process run on this CPU. */
    void run(Process process) {
        AddressSpace space = process.space;
        giveTag(space);
        current[cpu] = process;
        space.cpus.set(cpu);
        // Without tags each load flushes what the last process left.
        space.root = space.table.root();
        vcpu().loadRoot(space.root, TagPool.tag(space.ticket), !tagged);
    }

    /** Has the CPUs where a process runs go idle. */
    void stop(Process process, Process idle) {
        for (int number = 0; number < current.length; number++) {
            if (current[number] == process) {
                current[number] = idle;
                onEach(number, each -> each.loadRoot(idle.space.table.root(), KERNEL_ASID, !tagged));
            }
        }
    }

    /** Tags of address spaces that are in use on other CPUs survive a roll-over. */
    private void giveTag(AddressSpace space) {
        space.ticket = tags.renewed(space.ticket);
        if (space.ticket != 0) {
            return;
        }
        long generation = tags.generation();
        long[] active =
                Arrays.stream(current).mapToLong(each -> each.space.ticket).toArray();
        space.ticket = tags.take(active);
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

    /** Flushes what a change of a page table made stale, wherever it may be cached. */
    void flush(AddressSpace space, Invalidation stale) {
        // Without tags a process that runs on one CPU has no current ticket once another runs on a second.
        long ticket = tagged ? tags.renewed(space.ticket) : space.ticket;
        if (stale.what() == Invalidation.Reach.NOTHING || ticket == 0) {
            return;
        }
        int asid = TagPool.tag(ticket);
        // A table that grows may move.
        boolean moved = space.root != space.table.root();
        if (moved || stale.what() == Invalidation.Reach.ROOT) {
            space.root = space.table.root();
            for (int number = 0; number < current.length; number++) {
                if (current[number].space == space) {
                    onEach(number, each -> each.loadRoot(space.root, asid, true));
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
            for (int number = space.cpus.nextSetBit(0); number >= 0; number = space.cpus.nextSetBit(number + 1)) {
                if (number != cpu) {
                    onEach(number, each -> each.invalidate(stale, asid));
                }
            }
        }
    }
}
