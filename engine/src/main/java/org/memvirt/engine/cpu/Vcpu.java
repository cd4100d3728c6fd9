package org.memvirt.engine.cpu;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.mmu.Fault;
import org.memvirt.api.mmu.Invalidation;
import org.memvirt.api.mmu.NestedTlb;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Stage;
import org.memvirt.api.mmu.Tlb;
import org.memvirt.api.mmu.Unpaged;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkObserver;
import org.memvirt.api.mmu.WalkPort;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualCpu.Resolution;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * One vCPU: takes each access from the TLB to the walk to the fault, under one strategy. Its caches are its own; its
 * guest's privileged operations go through it.
 */
public final class Vcpu implements VcpuServices {
    /** How often one access may fault in a row before the machine is held to be stuck: far beyond any nesting. */
    private static final int MOST_FAULTS = 256;

    private final int vm;
    private final Spaces spaces;
    private final PhysicalMemory memory;
    private final VcpuCaches caches;
    private final Tlb tlb;
    private final Tally tally;
    private final Walk walk = Walk.outer();
    private final Walk software = Walk.outer();
    private final Unpaged unpaged;
    private final HostPort softwarePort;
    private final LeafHints hints;
    private final VirtualMachine machine;
    private final VirtualCpu strategy;
    private final WalkPort port;
    private GuestFaultHandler handler = (fault, address, needed) -> false;
    private PageTableFormat format;
    private long root;
    private int asid;
    private int space;

    /** Makes the vCPU with paging off. */
    public Vcpu(
            int vm, Spaces spaces, PhysicalMemory memory, VcpuCaches caches, VirtualMachine machine, int physicalBits) {
        this.vm = vm;
        this.spaces = spaces;
        this.memory = memory;
        this.caches = caches;
        this.machine = machine;
        tlb = caches.tlb();
        softwarePort = new HostPort(memory);
        hints = new LeafHints(tlb, memory, caches.memoryPort());
        unpaged = new Unpaged(physicalBits);
        tally = new Tally(caches, walk.trail.matrix());
        walk.notesTables = caches.prefix() != null;
        strategy = machine.addCpu(this);
        port = strategy.port();
        format = strategy.format();
        root = strategy.root();
        selectSpace(0);
    }

    /** Who hears of stage-1 faults; set once, before the first access. */
    public void handleFaultsWith(GuestFaultHandler newHandler) {
        handler = newHandler;
    }

    // Accesses.

    /**
     * Carries the batch's accesses out, beginning with {@code from}.
     *
     * @return the index of the first access that the guest program may not make, or the batch's length
     */
    public int execute(AccessBatch batch, int from) {
        int length = batch.length;
        int at = from;
        int faults = 0;
        hints.begin(from);
        while (true) {
            int missed = tlb.advance(batch, at, length);
            if (missed != at) {
                tally.accesses += missed - at;
                faults = 0;
                at = missed;
            }
            if (missed == length) {
                return length;
            }
            hints.prepare(batch, at);
            long address = batch.addresses[at];
            int needed = batch.kinds[at];
            if (walk(address, needed)) {
                hints.learn(walk);
                tlb.insert(walk, needed);
                tally.accesses++;
                faults = 0;
                at++;
                continue;
            }
            tlb.giveUp(needed);
            if (++faults > MOST_FAULTS) {
                throw new IllegalStateException(
                        "no progress: access to %#x faults again and again: %s".formatted(address, walk));
            }
            if (!resolve(address, needed)) {
                return at;
            }
        }
    }

    /** Walks for one access that missed; the answer is in {@link #walk}. */
    private boolean walk(long address, int needed) {
        Walk asked = walk;
        asked.start(root, address, needed);
        if (caches.prefix() != null) {
            caches.prefix().resume(asked, format, space);
            format.walk(asked, port);
            caches.prefix().learn(asked, format, space);
        } else {
            format.walk(asked, port);
        }
        tally.count(asked);
        if (asked.trail.observer() != null) {
            asked.trail.observer().end(asked);
        }
        return asked.fault == Fault.NONE;
    }

    private boolean resolve(long address, int needed) {
        Fault fault = walk.fault;
        Resolution resolution = settle(walk);
        if (resolution == Resolution.RETRY) {
            return true;
        }
        enterKernel();
        try {
            return handler.onFault(fault, address, needed);
        } finally {
            leaveKernel();
        }
    }

    private Resolution settle(Walk failed) {
        boolean ofHost = failed.faultStage == Stage.STAGE_2 || failed.fault == Fault.OUT_OF_BOUNDS;
        Resolution resolution = strategy.onFault(failed);
        if (ofHost) {
            tally.stageTwoFaults++;
        } else if (resolution == Resolution.RETRY) {
            tally.hiddenFaults++;
        } else {
            tally.guestFaults++;
            tally.injectedFaults += resolution == Resolution.INJECT ? 1 : 0;
        }
        refresh();
        return resolution;
    }

    // The guest kernel's own work.

    /** What follows, until {@link #leaveKernel}, is the guest kernel's own and counted apart. */
    public void enterKernel() {
        tally.enterKernel();
    }

    public void leaveKernel() {
        tally.leaveKernel();
    }

    /**
     * The word behind a guest-physical address, for a guest kernel whose work costs no access. Faults of the VMM happen.
     */
    public long load(long gpa) {
        return memory.load(locate(gpa, Rights.SUPERVISOR_READ));
    }

    /** Stores a word behind a guest-physical address; the traps of the store happen, nothing else is counted. */
    public void store(long gpa, long value) {
        memory.store(locate(gpa, Rights.SUPERVISOR_WRITE), value);
        afterStore(gpa, value);
    }

    /** Clears whole frames behind guest-physical addresses; the traps of the stores happen, nothing else is counted. */
    public void zero(long gpa, long bytes) {
        long piece = Math.min(bytes, 4096);
        for (long at = gpa; at < gpa + bytes; at += piece) {
            memory.zero(locate(at, Rights.SUPERVISOR_WRITE), piece);
        }
    }

    /** Loads a word through the TLB, as supervisor; {@code address} is virtual, or physical while paging is off. */
    public long loadVirtual(AccessBatch scratch, long address) {
        return memory.load(touch(scratch, address, Rights.SUPERVISOR_READ));
    }

    /** Stores a word through the TLB, as supervisor; {@code gpa} is where {@code address} leads. */
    public void storeVirtual(AccessBatch scratch, long address, long gpa, long value) {
        memory.store(touch(scratch, address, Rights.SUPERVISOR_WRITE), value);
        afterStore(gpa, value);
    }

    private void afterStore(long gpa, long value) {
        if (machine.trapsStore(gpa)) {
            strategy.onStore(gpa, value);
            refresh();
        }
    }

    private long touch(AccessBatch scratch, long address, int needed) {
        long hostAddress = reach(scratch, address, needed);
        if (hostAddress == Walk.NOWHERE) {
            throw new IllegalStateException("the guest kernel may not touch its own %#x: %s".formatted(address, walk));
        }
        return hostAddress;
    }

    /**
     * Makes one access.
     *
     * @return where in host memory it went, or {@link Walk#NOWHERE} if the guest program may not make it
     */
    public long reach(AccessBatch scratch, long address, int needed) {
        scratch.clear();
        scratch.add(address, needed);
        if (execute(scratch, 0) == 0) {
            return Walk.NOWHERE;
        }
        if (!tlb.probe(address, needed, software)) {
            throw new IllegalStateException("the TLB lost %#x at once".formatted(address));
        }
        return software.outputAddress;
    }

    private long locate(long gpa, int needed) {
        for (int faults = 0; faults < MOST_FAULTS; faults++) {
            software.start(0, gpa, needed);
            unpaged.walk(software, strategy.guestPort());
            if (software.succeeded()) {
                return software.outputAddress;
            }
            if (settle(software) != Resolution.RETRY) {
                throw new IllegalStateException("the guest kernel may not touch its own memory: " + software);
            }
        }
        throw new IllegalStateException("no progress: " + software);
    }

    /**
     * What the walker answers now, past every cache and uncounted.
     *
     * @return the walk, valid until the next one of this vCPU; its fault is not dealt with
     */
    public Walk ask(long address, int needed, @Nullable WalkObserver observer) {
        software.trail.observe(observer);
        try {
            software.start(root, address, needed);
            format.walk(software, strategy.uncachedPort());
            if (observer != null) {
                observer.end(software);
            }
            return software;
        } finally {
            software.trail.observe(null);
        }
    }

    // The guest's privileged operations.

    /** Turns paging on. */
    public void pagingOn(PageTableFormat guestFormat, long newRoot, int newAsid) {
        strategy.pagingOn(guestFormat, newRoot, newAsid);
        caches.invalidateVm(vm);
        refresh();
        selectSpace(newAsid);
    }

    /** Loads another root; {@code flush} removes what is cached of its address space, global entries excepted. */
    public void loadRoot(long newRoot, int newAsid, boolean flush) {
        strategy.loadRoot(newRoot, newAsid);
        refresh();
        selectSpace(newAsid);
        if (flush) {
            caches.invalidateSpace(space);
        }
    }

    /** Invalidates what a change of a page table of address space {@code ofAsid} made stale. */
    public void invalidate(Invalidation stale, int ofAsid) {
        if (stale.what() == Invalidation.Reach.NOTHING) {
            return;
        }
        strategy.invalidate(stale, ofAsid);
        refresh();
        int ofSpace = spaces.intern(vm, ofAsid);
        caches.invalidateRange(vm, ofSpace, stale.address(), stale.bytes());
    }

    /** Flushes everything that is cached for this VM: a new generation of address-space tags begins. */
    @Override
    public void invalidateVm() {
        caches.invalidateVm(vm);
    }

    private void refresh() {
        format = strategy.format();
        root = strategy.root();
    }

    private void selectSpace(int newAsid) {
        asid = newAsid;
        space = spaces.intern(vm, asid);
        tlb.select(vm, space);
    }

    // What the strategy may do.

    @Override
    public WalkPort hostPort() {
        return caches.hostPort();
    }

    @Override
    public WalkPort softwarePort() {
        return softwarePort;
    }

    @Override
    public void exit(ExitCause cause) {
        tally.exits.record(cause);
    }

    @Override
    public void invalidateGuestPhysical(long gpa, long bytes) {
        caches.invalidateGuestPhysical(vm, gpa, bytes);
    }

    @Override
    public @Nullable NestedTlb nestedTlb() {
        return caches.nested();
    }

    // For reports.

    public Tally tally() {
        return tally;
    }

    /** Look-ups of the TLB by group; live. */
    public List<Tlb.Counts> tlbCounts() {
        return tlb.counts();
    }

    public VcpuCaches caches() {
        return caches;
    }

    /** The address space that runs now. */
    public int asid() {
        return asid;
    }

    /** Who is told of this vCPU's walks; null for nobody. */
    public void observe(@Nullable WalkObserver observer) {
        walk.trail.observe(observer);
    }

    /** Whether the TLB translates the address for these rights now, and how; uncounted. */
    public boolean probe(long address, int needed, Walk answer) {
        return tlb.probe(address, needed, answer);
    }
}
