package org.memvirt.engine.cpu;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualCpu.Resolution;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * One vCPU: takes each access from the TLB of the core that it runs on to the refill to the fault, under one strategy. Its
 * guest's privileged operations go through it.
 */
public final class Vcpu {
    private final PhysicalMemory memory;
    private final Counters counters;
    private final Walk walk = Walk.outer();
    private final GuestAccess access;
    private final List<Vcpu> siblings;
    private final Refill[] refills;
    private final VirtualCpu strategy;
    // Null where hardware fills the TLB.
    private final @Nullable TlbSoftware tlbSoftware;
    private final WalkedTables tables;
    private final VcpuCaching caching;
    private final Execution execution;
    private Runnable beforeExit = () -> {};

    /**
     * A vCPU with paging off, on no core yet.
     *
     * @param vmTags where it gets its tags, and all cores that it may run on
     * @param core the first that it will run on
     * @param siblings the vCPUs of its VM, to which it adds itself
     * @param physicalBits bits of its guest-physical addresses
     * @param software what its guest's handlers are, where software fills the cores' TLBs
     */
    public Vcpu(
            PhysicalMemory memory, VmTags vmTags, Core core, VirtualMachine machine, List<Vcpu> siblings,
            int physicalBits, @Nullable RefillSoftware software) {
        this.memory = memory;
        this.siblings = siblings;
        counters = new Counters(core, walk.trail.matrix());
        boolean tagged = machine.isTagged() && vmTags.exist();
        caching = new VcpuCaching(this, vmTags, tagged, software == null, counters, siblings, core);
        refills = new Refill[vmTags.cores().size()];
        walk.recordsTables = core.prefix() != null;
        access = new GuestAccess(this, memory, machine, physicalBits);
        siblings.add(this);
        vmTags.add(this);
        strategy = machine.addCpu(new VcpuPorts(this, memory, vmTags.cores(), core));
        tlbSoftware = software == null ? null : new TlbSoftware(strategy, software, this, walk, memory);
        tables = new WalkedTables(strategy, this::settle, () -> core().forgetEntries());
        execution = new Execution(this, caching, counters, walk, strategy, core.tlb(), refillOn(core));
        caching.begin();
    }

    /** What the host does before the VMM answers a fault: it may take memory away then. */
    public void beforeExits(Runnable work) {
        beforeExit = work;
    }

    /** The VMM is about to answer a fault. */
    void beforeExit() {
        beforeExit.run();
    }

    /** Who hears of stage-1 faults; set once, before the first access. */
    public void handleFaultsWith(GuestFaultHandler newHandler) {
        execution.handleFaultsWith(newHandler);
    }

    // Cores.

    /**
     * Begins to run on a core that is free. What it left on the core where it ran before is not kept up to date while it is
     * away, so on another core all that is cached under its tag goes first.
     */
    public void enter(Core entered) {
        if (isOnCore()) {
            throw new IllegalStateException("the vCPU is on core %d already".formatted(core().number()));
        }
        boolean moved = caching.occupy(entered);
        execution.moveTo(entered.tlb(), refillOn(entered));
        entered.occupy(this);
        counters.enter(entered);
        strategy.enterCore(entered.number());
        if (tlbSoftware != null) {
            tlbSoftware.enter(entered, caching.isTagged());
        }
        if (tlbSoftware == null && (moved || !caching.isTagged())) {
            counters.counts.add(Count.ENTRY_FLUSHES);
        }
        caching.enter(moved);
        refresh();
    }

    /** Is taken off its core. */
    public void leave() {
        Core left = core();
        strategy.leaveCore();
        if (tlbSoftware != null) {
            tlbSoftware.leave(left);
        }
        caching.leave();
        counters.leave();
        left.occupy(null);
    }

    /** Whether it runs on a core now. */
    public boolean isOnCore() {
        return caching.isOnCore();
    }

    /** The core that it runs on, or ran on last. */
    public Core core() {
        return caching.core();
    }

    long vmTicket() {
        return caching.vmTicket();
    }

    /** The tag that the VMM got last for one of its address spaces. */
    long spaceTicket() {
        return caching.spaceTicket();
    }

    long takeSpaceTag(long held) {
        return caching.takeSpaceTag(held);
    }

    /** What software keeps of TLB entries in memory is lost, as hardware's are: a measurement begins. */
    public void forgetTlb() {
        if (tlbSoftware != null) {
            tlbSoftware.forget();
        }
    }

    private Refill refillOn(Core chosen) {
        Refill known = refills[chosen.number()];
        if (known == null) {
            known = tlbSoftware == null
                    ? new HardwareWalker(this, chosen, walk, counters, memory)
                    : tlbSoftware.refillOn(chosen);
            refills[chosen.number()] = known;
        }
        return known;
    }

    // Accesses.

    /**
     * Carries the batch's accesses out, beginning with {@code from}.
     *
     * @return the index of the first access that the guest program may not make, or the batch's length
     */
    public int execute(AccessBatch batch, int from) {
        return execution.execute(batch, from, false, 0);
    }

    /** The same for one access that stores a word. */
    int executeStore(AccessBatch batch, long value) {
        return execution.execute(batch, 0, true, value);
    }

    /** Has the strategy deal with a fault of this vCPU, and counts it. */
    Resolution settle(Walk failed) {
        return execution.settle(failed);
    }

    /** The VMM is told of a store that the simulation does not run through the TLB; returns whether it has made it. */
    boolean trapStore(long gpa, long value) {
        beforeExit.run();
        boolean made = strategy.onStore(gpa, value);
        refresh();
        return made;
    }

    /** Whether the VMM made the last access of the last batch in the guest's place. */
    public boolean emulatedLast() {
        return execution.emulatedLast();
    }

    Execution execution() {
        return execution;
    }

    /** What its TLB misses walk. */
    WalkedTables tables() {
        return tables;
    }

    Walk lastWalk() {
        return walk;
    }

    WalkPort guestPort() {
        return strategy.guestPort();
    }

    // The guest kernel's own work.

    /** What follows, until {@link #leaveKernel}, is the guest kernel's own and counted apart. */
    public void enterKernel() {
        if (counters.enterKernel()) {
            strategy.modeSwitch(true);
            refresh();
        }
    }

    public void leaveKernel() {
        if (counters.leaveKernel()) {
            strategy.modeSwitch(false);
            refresh();
        }
    }

    /** The loads and stores that its software makes one at a time. */
    public GuestAccess access() {
        return access;
    }

    // The guest's privileged operations.

    /**
     * Turns paging on.
     *
     * @param roots as many as the format has, by their numbers
     */
    public void pagingOn(PageTableFormat guestFormat, int newAsid, long... roots) {
        strategy.pagingOn(guestFormat, newAsid, roots);
        selectTag(newAsid, false);
        caching.happens(InvalidationEvent.PAGING_SWITCH);
        caching.select(newAsid);
        refresh();
        tables.loadTopTable();
    }

    /** Loads another root 0; {@code flush} removes what is cached of its address space, global entries excepted. */
    public void loadRoot(long newRoot, int newAsid, boolean flush) {
        strategy.loadRoot(newRoot, newAsid);
        selectTag(newAsid, flush);
        caching.select(newAsid);
        refresh();
        tables.loadTopTable();
        boolean removes = flush && strategy.removesAtRootLoad();
        caching.happens(removes ? InvalidationEvent.ROOT_LOAD : InvalidationEvent.ROOT_LOAD_KEEPING);
    }

    private void selectTag(int newAsid, boolean flush) {
        if (tlbSoftware != null) {
            tlbSoftware.select(newAsid, flush);
        }
    }

    /** Invalidates what a change of a page table of address space {@code ofAsid} made stale. */
    public void invalidate(Invalidation stale, int ofAsid) {
        if (stale.what() == Invalidation.Reach.NOTHING) {
            return;
        }
        if (tlbSoftware != null) {
            tlbSoftware.invalidate(stale, ofAsid, tables.format().pageShifts().getFirst());
        }
        strategy.invalidate(stale, ofAsid);
        refresh();
        caching.happens(
                stale.event(ofAsid == asid()),
                Operand.of(caching.tagsOf(ofAsid), stale.address(), stale.bytes()));
    }

    /** The same where hardware tells all cores by itself: what the VM's other vCPUs have cached goes, too. */
    public void invalidateEverywhere(Invalidation stale, int ofAsid) {
        invalidate(stale, ofAsid);
        if (stale.what() != Invalidation.Reach.NOTHING) {
            caching.happensToOthers(InvalidationEvent.PAGE_OF_SPACE, ofAsid, stale.address(), stale.bytes());
        }
    }

    /** Invalidates all that is cached of an address space, global entries excepted. */
    public void invalidateSpace(int ofAsid) {
        if (tlbSoftware != null) {
            tlbSoftware.invalidateSpace(ofAsid);
        }
        strategy.invalidateSpace(ofAsid);
        refresh();
        caching.happens(InvalidationEvent.SPACE, Operand.of(caching.tagsOf(ofAsid)));
    }

    /** The same where hardware tells all cores by itself. */
    public void invalidateSpaceEverywhere(int ofAsid) {
        invalidateSpace(ofAsid);
        caching.happensToOthers(InvalidationEvent.SPACE, ofAsid, 0, 0);
    }

    /** Begins a new generation of address-space tags: what is cached under all of the VM's goes. */
    public void invalidateSpaces() {
        if (tlbSoftware != null) {
            tlbSoftware.invalidateAll();
        }
        strategy.invalidateSpaces();
        refresh();
        caching.happens(InvalidationEvent.ALL_SPACES);
    }

    /** Sends another vCPU of the VM an inter-processor interrupt, which that takes at once. */
    public void interrupt(Vcpu other) {
        counters.counts.add(Count.INTERRUPTS);
        strategy.sendInterrupt();
        refresh();
        other.strategy.takeInterrupt();
        other.refresh();
    }

    // What is walked, and what is cached of it.

    /** Asks the strategy anew what it walks; if that took an exit, the guest is now entered again. */
    void refresh() {
        caching.refresh();
        tables.refresh();
        caching.enterAgain();
    }

    VcpuCaching caching() {
        return caching;
    }

    VirtualCpu strategy() {
        return strategy;
    }

    // For reports and scripted guests.

    /** The TLB as the guest's instructions reach it, where software fills it; else null. */
    public @Nullable GuestTlb guestTlb() {
        return tlbSoftware == null ? null : strategy.guestTlb();
    }

    /**
     * What the walker answers now, past every cache and uncounted.
     *
     * @return the walk, valid until the next one of this vCPU; its fault is not dealt with
     */
    public Walk ask(long address, int needed, @Nullable WalkObserver observer) {
        return tables.ask(address, needed, observer);
    }

    public Counters counters() {
        return counters;
    }

    /** The format that a TLB miss walks now: the guest's, unless the strategy has a table of its own walked. */
    public PageTableFormat format() {
        return tables.format();
    }

    /** The guest's tag of the address space that runs now. */
    public int asid() {
        return caching.guestAsid();
    }

    @Nullable WalkObserver observer() {
        return walk.trail.observer();
    }

    /** Who is told of this vCPU's walks; null for nobody. */
    public void observe(@Nullable WalkObserver observer) {
        execution.refill().observe(observer);
    }

    /** Whether the TLB translates the address for these rights now, and how; uncounted. */
    public boolean probe(long address, int needed, Walk answer) {
        return core().tlb().probe(address, needed, answer);
    }

    @Override
    public String toString() {
        return "vCPU %d of its VM, on core %d%s"
                .formatted(siblings.indexOf(this), core().number(), isOnCore() ? "" : " last");
    }
}
