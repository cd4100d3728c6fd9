package org.memvirt.engine.guest;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.memvirt.api.table.Invalidation;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.cpu.Vcpu;

/** The guest's CPUs: what runs on each, under which tag, and how all of them flush what a change of a page table made stale. */
final class Cpus {
    /** The kernel's own address-space tag, with which it boots. */
    static final int KERNEL_ASID = 0;

    private final List<Vcpu> vcpus;
    private final boolean broadcasts;
    private final SpaceTags tags;
    private final boolean tagged;
    private final Counts counts;
    private final Process[] current;
    // Whose turn it is.
    private int cpu;

    /**
     * @param asidBits of the tags that hardware has for address spaces
     * @param tagsOfCpu as {@link GuestPolicy#tags} has it
     * @param broadcasts whether hardware tells all CPUs of an invalidation
     * @throws IllegalArgumentException when a CPU should have more tags than hardware has
     */
    Cpus(List<Vcpu> vcpus, int asidBits, int tagsOfCpu, boolean broadcasts, Counts counts) {
        this.vcpus = List.copyOf(vcpus);
        this.counts = counts;
        if (tagsOfCpu > 0) {
            if (tagsOfCpu >= 1 << asidBits) {
                throw new IllegalArgumentException("hardware has %d tags of address spaces besides the kernel's, not %d"
                        .formatted((1 << asidBits) - 1, tagsOfCpu));
            }
            tags = new TagsPerCpu(vcpus.size(), tagsOfCpu);
        } else {
            tags = new PooledTags(tagsOfCpu == GuestPolicy.NO_TAGS ? 0 : asidBits);
        }
        tagged = asidBits > 0 && tagsOfCpu != GuestPolicy.NO_TAGS;
        this.broadcasts = broadcasts && tags.areOfAllCpus();
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
        if (current[cpu] != process && current[cpu].space == space) {
            // A thread after another needs no other root.
            current[cpu] = process;
            return;
        }
        SpaceTags.Load load = tags.load(space, cpu, current);
        if (load.rollsOver()) {
            counts.add(Count.TAG_ROLL_OVERS);
            for (int number = 0; number < vcpus.size(); number++) {
                onEach(number, Vcpu::invalidateSpaces);
            }
        }
        current[cpu] = process;
        space.root = space.table.root();
        counts.add(Count.SWITCHES);
        counts.addIf(Count.SWITCH_FLUSHES, load.flushes());
        vcpu().loadRoot(space.root, load.tag(), load.flushes());
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

    private boolean runsOn(int number, AddressSpace space) {
        return current[number].space == space;
    }

    /** Flushes what a change of a page table made stale, wherever it may be cached. */
    void flush(AddressSpace space, Invalidation stale) {
        if (stale.what() == Invalidation.Reach.NOTHING || !tags.isCached(space)) {
            return;
        }
        tags.changed(space);
        // A table that grows may move.
        boolean moved = space.root != space.table.root();
        if (moved || stale.what() == Invalidation.Reach.ROOT) {
            space.root = space.table.root();
            for (int number = 0; number < current.length; number++) {
                if (runsOn(number, space)) {
                    int tag = tags.tagOn(space, number);
                    onEach(number, each -> each.loadRoot(space.root, tag, true));
                    tags.flushed(space, number);
                }
            }
        }
        if (stale.what() == Invalidation.Reach.ROOT) {
            return;
        }
        counts.add(Count.PAGE_FLUSHES, stale.bytes() >>> stale.pageShift());
        if (broadcasts) {
            vcpu().invalidateEverywhere(stale, tags.tagOn(space, cpu));
        } else {
            flushOnEach(space, (each, tag) -> each.invalidate(stale, tag));
        }
    }

    /** Flushes all that is cached of an address space, wherever that may be. */
    void flush(AddressSpace space) {
        if (!tags.isCached(space)) {
            return;
        }
        tags.changed(space);
        counts.add(Count.SPACE_FLUSHES);
        if (broadcasts) {
            vcpu().invalidateSpaceEverywhere(tags.tagOn(space, cpu));
        } else {
            flushOnEach(space, Vcpu::invalidateSpace);
        }
    }

    /** Who flushes something of a tag on one CPU. */
    private interface Flush {
        void on(Vcpu vcpu, int tag);
    }

    /** Has each CPU that must flush something, this one first. */
    private void flushOnEach(AddressSpace space, Flush flush) {
        if (tags.areOfAllCpus() || runsOn(cpu, space)) {
            flush.on(vcpu(), tags.tagOn(space, cpu));
            tags.flushed(space, cpu);
        }
        for (int number = 0; number < current.length; number++) {
            if (number != cpu && tags.mustFlush(space, number, runsOn(number, space))) {
                int tag = tags.tagOn(space, number);
                onEach(number, each -> flush.on(each, tag));
                tags.flushed(space, number);
            }
        }
    }
}
