package org.memvirt.engine.cpu;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualCpu.Resolution;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * One vCPU: takes each access from the TLB of the core that it runs on to the refill to the fault, under one strategy. Its
 * guest's privileged operations go through it.
 */
public final class Vcpu {
    /** How often one access may fault in a row before the machine is held to be stuck: far beyond any nesting. */
    static final int MOST_FAULTS = 256;

    private final PhysicalMemory memory;
    private final VmTags vmTags;
    private final boolean tagged;
    private final Counters counters;
    private final Walk walk = Walk.outer();
    private final VcpuPorts services;
    private final GuestAccess access;
    private final List<Vcpu> siblings;
    private final Refill[] refills;
    private final VirtualCpu strategy;
    // Null where hardware fills the TLB.
    private final @Nullable TlbSoftware tlbSoftware;
    private GuestFaultHandler handler = (fault, address, needed) -> false;

    // Where it runs, or ran last.
    private Core core;
    private boolean onCore;
    private boolean hasRun;
    private Tlb tlb;
    private Refill refill;
    private long vmTicket;

    // What is walked, and under which tags it is cached.
    private final WalkedTables tables;
    int space;
    int context;
    private CacheTags tags;
    private int guestAsid;
    private boolean exited;

    private boolean emulatedLast;
    private boolean storesWord;
    private long storedWord;

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
        this.vmTags = vmTags;
        this.core = core;
        this.siblings = siblings;
        tagged = machine.isTagged() && vmTags.exist();
        counters = new Counters(core, walk.trail.matrix());
        refills = new Refill[vmTags.cores().size()];
        walk.recordsTables = core.prefix() != null;
        services = new VcpuPorts(this, memory, vmTags.cores(), core);
        access = new GuestAccess(this, memory, machine, physicalBits);
        siblings.add(this);
        vmTags.add(this);
        strategy = machine.addCpu(services);
        tlbSoftware = software == null ? null : new TlbSoftware(strategy, software, this, walk, memory);
        tables = new WalkedTables(strategy, this::settle);
        tlb = core.tlb();
        refill = refillOn(core);
        tags = tagsOf(0);
    }

    /** Who hears of stage-1 faults; set once, before the first access. */
    public void handleFaultsWith(GuestFaultHandler newHandler) {
        handler = newHandler;
    }

    // Cores.

    /**
     * Begins to run on a core that is free. What it left on the core where it ran before is not kept up to date while it is
     * away, so on another core all that is cached under its tag goes first.
     */
    public void enter(Core entered) {
        if (onCore) {
            throw new IllegalStateException("the vCPU is on core %d already".formatted(core.number()));
        }
        boolean moved = hasRun && core != entered;
        hasRun = true;
        core = entered;
        onCore = true;
        tlb = entered.tlb();
        refill = refillOn(entered);
        services.moveTo(entered);
        if (tagged) {
            vmTicket = vmTags.enter(vmTicket);
        }
        entered.occupy(this);
        counters.enter(entered);
        strategy.enterCore(entered.number());
        if (tlbSoftware != null) {
            tlbSoftware.enter(entered, tagged);
        }
        retag();
        if (tlbSoftware == null && (moved || !tagged)) {
            counters.entryFlushes++;
        }
        if (moved) {
            core.happens(InvalidationEvent.VM_ALL, tags, Operand.of(tags), tables.format());
        }
        exited = true;
        refresh();
    }

    /** Is taken off its core. */
    public void leave() {
        strategy.leaveCore();
        if (tlbSoftware != null) {
            tlbSoftware.leave(core);
        }
        happens(tagged ? InvalidationEvent.EXIT : InvalidationEvent.EXIT_UNTAGGED, Operand.of(tags));
        counters.leave();
        core.occupy(null);
        onCore = false;
    }

    /** Whether it runs on a core now. */
    public boolean isOnCore() {
        return onCore;
    }

    /** The core that it runs on, or ran on last. */
    public Core core() {
        return core;
    }

    long vmTicket() {
        return vmTicket;
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
        return execute(batch, from, false, 0);
    }

    /** The same for one access that stores a word. */
    int executeStore(AccessBatch batch, long value) {
        return execute(batch, 0, true, value);
    }

    private int execute(AccessBatch batch, int from, boolean stores, long value) {
        int length = batch.length;
        int at = from;
        int faults = 0;
        boolean emulated = false;
        if (!onCore) {
            throw new IllegalStateException("an access is made by a vCPU that is on no core");
        }
        refill.begin(from);
        while (true) {
            int missed = tlb.advance(batch, at, length);
            if (missed != at) {
                counters.addAccesses(missed - at);
                faults = 0;
                emulated = false;
                at = missed;
            }
            if (missed == length) {
                // Only now: accesses that a fault's handler makes come in between.
                emulatedLast = emulated;
                return length;
            }
            int next = refill.answer(batch, at);
            if (next == at) {
                checkProgress(++faults, batch.addresses[at]);
                continue;
            }
            if (next != Refill.FAULTED) {
                counters.addAccesses(next - at);
                faults = 0;
                emulated = false;
                at = next;
                continue;
            }
            long address = batch.addresses[at];
            int needed = batch.kinds[at];
            refill.faulted(needed);
            checkProgress(++faults, address);
            storesWord = stores;
            storedWord = value;
            Resolution resolution = settle(walk);
            storesWord = false;
            switch (resolution) {
                case RETRY, HIDDEN -> refill.again();
                case EMULATED -> {
                    refill.giveUp(needed);
                    counters.addEmulated();
                    emulated = true;
                    at++;
                }
                case GUEST, INJECT -> {
                    if (!deliver(walk.fault, address, needed)) {
                        refill.giveUp(needed);
                        emulatedLast = false;
                        return at;
                    }
                    refill.again();
                }
            }
        }
    }

    private void checkProgress(int faults, long address) {
        if (faults > MOST_FAULTS) {
            throw new IllegalStateException(
                    "no progress: access to %#x faults again and again: %s".formatted(address, walk));
        }
    }

    /** Has the VMM fill the second stage's TLB, where software does. */
    void fillStageTwo(long gpa, int needed) {
        counters.stageTwoFaults += Objects.requireNonNull(strategy.guestTlb()).fillStageTwo(gpa, needed) ? 1 : 0;
        refresh();
    }

    private boolean deliver(Fault fault, long address, int needed) {
        WalkObserver observer = observer();
        if (observer != null) {
            observer.guestFault(fault);
        }
        enterKernel();
        try {
            boolean again = handler.onFault(fault, address, needed);
            if (again) {
                refill.mapped(address, needed);
            }
            return again;
        } finally {
            leaveKernel();
        }
    }

    /** Has the strategy deal with a fault of this vCPU, and counts it. */
    Resolution settle(Walk failed) {
        boolean ofHost = failed.faultStage == Stage.STAGE_2 || failed.fault == Fault.OUT_OF_BOUNDS;
        forgetWhatLedTo(failed);
        Resolution resolution = strategy.onFault(failed);
        if (ofHost) {
            counters.stageTwoFaults++;
        } else if (resolution == Resolution.HIDDEN) {
            counters.hiddenFaults++;
        } else if (resolution == Resolution.GUEST || resolution == Resolution.INJECT) {
            counters.guestFaults++;
            counters.injectedFaults += resolution == Resolution.INJECT ? 1 : 0;
        }
        refresh();
        return resolution;
    }

    /** What a fault itself removes, so that it is not met again for the sake of something stale. */
    private void forgetWhatLedTo(Walk failed) {
        if (failed.faultStage == Stage.STAGE_2) {
            // A misconfigured entry, which is never cached, removes nothing.
            if (failed.fault != Fault.MISCONFIGURED) {
                boolean ofAccess = failed == walk && !failed.faultOnTable;
                Operand operand = new Operand(tags, failed.inputAddress, ofAccess ? 1 : 0, failed.faultAddress, 1);
                happens(InvalidationEvent.STAGE_2_FAULT, operand);
            }
        } else if (failed.fault != Fault.ADDRESS_SIZE && failed.fault != Fault.OUT_OF_BOUNDS) {
            happens(InvalidationEvent.FAULT, Operand.of(tags, failed.inputAddress, 1));
        }
    }

    /** The VMM is told of a store that the simulation does not run through the TLB; returns whether it has made it. */
    boolean trapStore(long gpa, long value) {
        boolean made = strategy.onStore(gpa, value);
        refresh();
        return made;
    }

    /** Whether the VMM made the last access of the last batch in the guest's place. */
    boolean emulatedLast() {
        return emulatedLast;
    }

    boolean storesWord() {
        return storesWord;
    }

    long storedWord() {
        return storedWord;
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
        happens(InvalidationEvent.PAGING_SWITCH, Operand.of(tags));
        guestAsid = newAsid;
        retag();
        refresh();
        tables.loadTopTable();
    }

    /** Loads another root 0; {@code flush} removes what is cached of its address space, global entries excepted. */
    public void loadRoot(long newRoot, int newAsid, boolean flush) {
        strategy.loadRoot(newRoot, newAsid);
        selectTag(newAsid, flush);
        guestAsid = newAsid;
        retag();
        refresh();
        tables.loadTopTable();
        happens(
                flush ? InvalidationEvent.ROOT_LOAD : InvalidationEvent.ROOT_LOAD_KEEPING,
                Operand.of(tags));
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
        happens(
                stale.event(ofAsid == guestAsid),
                Operand.of(tagsOf(ofAsid), stale.address(), stale.bytes()));
    }

    /** The same where hardware tells all cores by itself: what the VM's other vCPUs have cached goes, too. */
    public void invalidateEverywhere(Invalidation stale, int ofAsid) {
        invalidate(stale, ofAsid);
        if (stale.what() != Invalidation.Reach.NOTHING) {
            for (Vcpu sibling : siblings) {
                if (sibling != this) {
                    sibling.happens(
                            InvalidationEvent.PAGE_OF_SPACE,
                            Operand.of(sibling.tagsOf(ofAsid), stale.address(), stale.bytes()));
                }
            }
        }
    }

    /** Begins a new generation of address-space tags: what is cached under all of the VM's goes. */
    public void invalidateSpaces() {
        if (tlbSoftware != null) {
            tlbSoftware.invalidateAll();
        }
        strategy.invalidateSpaces();
        refresh();
        happens(InvalidationEvent.ALL_SPACES, Operand.of(tags));
    }

    /** Sends another vCPU of the VM an inter-processor interrupt, which that takes at once. */
    public void interrupt(Vcpu other) {
        counters.interruptsSent++;
        strategy.sendInterrupt();
        refresh();
        other.strategy.takeInterrupt();
        other.refresh();
    }

    // Invalidation.

    /** What the architecture says is removed then, on the core that the vCPU runs on or ran on last. */
    private void happens(InvalidationEvent event, Operand operand) {
        core.happens(event, tags, operand, tables.formatOf(operand.address()));
    }

    /** Removes mappings of input addresses, of every vCPU of the VM. */
    void happensToVm(InvalidationEvent event, long address, long bytes) {
        for (Vcpu sibling : siblings) {
            counters.remoteFlushes += sibling.core == core ? 0 : 1;
            sibling.happens(event, Operand.of(sibling.tags, address, bytes));
        }
    }

    /** The VMM's second stage has changed: mappings of its own tag, so they may be on any core. */
    void invalidateGuestPhysical(long gpa, long bytes) {
        for (Core each : vmTags.cores()) {
            counters.remoteFlushes += each == core ? 0 : 1;
            each.forgetGuestPhysical(vmTag(), gpa, bytes);
            for (Vcpu sibling : siblings) {
                Operand operand = new Operand(sibling.tags, 0, 0, gpa, bytes);
                each.happens(InvalidationEvent.STAGE_2_CHANGE, sibling.tags, operand, tables.format());
            }
        }
    }

    // What is walked, and its tags.

    /** Asks the strategy anew what it walks; if that took an exit, the guest is now entered again. */
    private void refresh() {
        if (strategy.stageTwoRoot() != tags.stageTwoRoot() || strategy.asid(guestAsid) != tags.asid()) {
            retag();
        }
        tables.refresh();
        if (exited && onCore) {
            exited = false;
            happens(tagged ? InvalidationEvent.ENTRY : InvalidationEvent.ENTRY_UNTAGGED, Operand.of(tags));
        }
    }

    /** The VMM has changed a root or a top table: each vCPU of the VM loads its own anew. */
    void rootsChanged() {
        for (Vcpu sibling : siblings) {
            sibling.tables.refresh();
            sibling.tables.loadTopTable();
        }
    }

    private CacheTags tagsOf(int ofAsid) {
        return new CacheTags(vmTag(), strategy.asid(ofAsid), strategy.stageTwoRoot());
    }

    /** A vCPU without a tag of its own runs under the host's. */
    private int vmTag() {
        return tagged ? TagPool.tag(vmTicket) : VmTags.HOST;
    }

    private void retag() {
        tags = tagsOf(guestAsid);
        space = core.spaces().space(tags);
        context = core.spaces().owner(tags);
        if (onCore) {
            tlb.select(context, space);
            core.selectVm(vmTag());
        }
    }

    int contextOf(long stageTwoRoot) {
        return core.spaces().owner(new CacheTags(vmTag(), 0, stageTwoRoot));
    }

    /** An exit: what the architecture says it removes goes now, and the entry that follows removes its own later. */
    void exited() {
        if (tlbSoftware != null) {
            return; // Hardware removes nothing by itself.
        }
        exited = true;
        if (onCore) {
            happens(tagged ? InvalidationEvent.EXIT : InvalidationEvent.EXIT_UNTAGGED, Operand.of(tags));
        }
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
        return guestAsid;
    }

    @Nullable WalkObserver observer() {
        return walk.trail.observer();
    }

    /** Who is told of this vCPU's walks; null for nobody. */
    public void observe(@Nullable WalkObserver observer) {
        refill.observe(observer);
    }

    /** Whether the TLB translates the address for these rights now, and how; uncounted. */
    public boolean probe(long address, int needed, Walk answer) {
        return tlb.probe(address, needed, answer);
    }

    @Override
    public String toString() {
        return "vCPU %d of its VM, on core %d%s"
                .formatted(siblings.indexOf(this), core.number(), onCore ? "" : " last");
    }
}
