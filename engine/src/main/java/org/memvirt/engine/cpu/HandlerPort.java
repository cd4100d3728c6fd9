package org.memvirt.engine.cpu;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * How a guest's handler of TLB exceptions reads its page table: each reference is a load of the kernel's at a guest-physical
 * address, in the segment that hardware does not translate by the TLB. A second stage's TLB stands behind that segment, too.
 * Where the VMM has that segment translated like any other, the load passes the TLB and may miss there itself.
 *
 * <p>Of a linear page table the lowest tables are read at addresses that the TLB translates. A load there that needs a handler
 * of its own ends the walk, which then {@link #isCutShort}. The handler that maps such a table asks where it lies, and reads
 * the tables above it alone.
 *
 * <p>A handler either reads alone, and then an entry that a use would mark is one that it cannot use yet; or it marks what it
 * uses.
 */
final class HandlerPort implements WalkPort {
    /** What lies in one piece whatever the guest's memory lies in. */
    private static final long PAGE = GuestAccess.FRAME;

    private final Vcpu vcpu;
    private final SoftwareTlb tlb;
    private final PhysicalMemory memory;
    private final Counts counts;
    private final long unmappedBase;
    private final AccessBatch one = new AccessBatch(1);
    private final Walk answer = Walk.outer();
    private boolean passes;
    private boolean marks;
    private boolean owes;
    private boolean linear;
    private boolean cutShort;
    private boolean seeksLowest;
    private long lowestTable;
    // The page of the last load, and where it lies, as long as nothing can have come in between.
    private long page;
    private long pageAt;

    /** @param unmappedBase where the kernel finds physical address 0 */
    HandlerPort(Vcpu vcpu, SoftwareTlb tlb, PhysicalMemory memory, Counts counts, long unmappedBase) {
        this.vcpu = vcpu;
        this.tlb = tlb;
        this.memory = memory;
        this.counts = counts;
        this.unmappedBase = unmappedBase;
    }

    /** A walk begins that marks what it uses, or reads alone. */
    void begin(boolean marking) {
        passes = passesTlb();
        marks = marking;
        owes = false;
        linear = false;
        cutShort = false;
        seeksLowest = false;
        page = Walk.NOWHERE;
    }

    /** A walk begins that reads alone, and reads a lowest table in a linear page table. */
    void beginLinear() {
        begin(false);
        linear = true;
    }

    /** A walk begins that reads alone, and ends with a fault before it reads a lowest table, if it comes to one. */
    void beginSeeking() {
        begin(false);
        seekNext();
    }

    /** Another such walk of the same handler begins. */
    void seekNext() {
        seeksLowest = true;
        lowestTable = Walk.NOWHERE;
    }

    /** Another walk of the same handler begins, right after one that reads alone, and does so, too. */
    void beginNext() {
        owes = false;
    }

    /** Whether the walk, which read alone, would have had to mark an entry. */
    boolean owes() {
        return owes;
    }

    /** Whether a load from a linear page table has raised an exception that the guest hears of. */
    boolean isCutShort() {
        return cutShort;
    }

    /** Where the lowest table lies that the walk came to; {@link Walk#NOWHERE} if it came to none. */
    long lowestTable() {
        return lowestTable;
    }

    /** Whether its loads and stores pass the TLB of the first stage. */
    boolean passesTlb() {
        return !tlb.isUnmapped(unmappedBase, Rights.SUPERVISOR_READ);
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        if (linear) {
            walk.hostAddress = vcpu.access().reach(address, Rights.SUPERVISOR_READ);
            if (walk.hostAddress == Walk.NOWHERE) {
                cutShort = true;
                walk.fail(Fault.NOT_PRESENT, level, 0);
                return 0;
            }
        } else if (seeksLowest && level == 1) {
            lowestTable = address;
            walk.fail(Fault.NOT_PRESENT, level, 0);
            return 0;
        } else {
            walk.hostAddress = reach(address, Rights.SUPERVISOR_READ);
        }
        counts.add(Count.HANDLER_LOADS);
        walk.hostAddressShift = 0;
        long word = memory.load(walk.hostAddress);
        walk.trail.reference(walk.cell(level), address, word);
        return word;
    }

    /** Software loads each word by itself. */
    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        if (hostAddress != Walk.NOWHERE) {
            return readEntryAt(walk, level, hostAddress);
        }
        for (int word = words - 1; word > 0; word--) {
            counts.add(Count.HANDLER_LOADS);
            walk.words[word] = memory.load(reach(address + (long) word * Long.BYTES, Rights.SUPERVISOR_READ));
        }
        walk.words[0] = readEntry(walk, level, address);
        return walk.words[0];
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        throw new IllegalStateException("no cache tells a handler where a table lies in host memory");
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        if (!marks) {
            owes = true;
            return true;
        }
        counts.add(Count.HANDLER_STORES);
        memory.store(reach(address, Rights.SUPERVISOR_WRITE) & -Long.BYTES, update);
        if (walk.trail.observer() != null) {
            walk.trail.observer().update(address, update);
        }
        return true;
    }

    /** A leaf tells a guest-physical address, and that is what the guest writes into the TLB. */
    @Override
    public void resolveLeaf(Walk walk) {}

    /** Where in host memory a load or store of the handler goes. */
    private long reach(long gpa, int needed) {
        if (passes) {
            return vcpu.access().touch(unmappedBase + gpa, needed);
        }
        SoftwareTlb below = tlb.stageTwo();
        return below == null ? locate(gpa, needed) : through(below, gpa, needed);
    }

    private long locate(long gpa, int needed) {
        if ((gpa & -PAGE) == page && needed == Rights.SUPERVISOR_READ) {
            return pageAt | gpa & PAGE - 1;
        }
        long at = vcpu.access().locate(gpa, needed);
        if (at != Walk.NOWHERE) {
            page = gpa & -PAGE;
            pageAt = at & -PAGE;
        }
        return at;
    }

    private long through(SoftwareTlb below, long gpa, int needed) {
        one.clear();
        one.add(gpa, needed);
        for (int misses = 0; below.advance(one, 0, 1) == 0; misses++) {
            if (misses == Execution.MOST_FAULTS) {
                throw new IllegalStateException("no progress: the VMM fills gPA %#x again and again".formatted(gpa));
            }
            vcpu.execution().fillStageTwo(gpa, needed);
            below.retryMiss();
        }
        if (!below.probe(gpa, needed, answer)) {
            throw new IllegalStateException("the second stage's TLB lost gPA %#x at once".formatted(gpa));
        }
        return answer.outputAddress;
    }
}
