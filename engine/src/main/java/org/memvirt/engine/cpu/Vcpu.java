package org.memvirt.engine.cpu;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualCpu.Resolution;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.cpu.VcpuCaches.Operand;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * One vCPU: takes each access from the TLB to the walk to the fault, under one strategy. Its caches are its own; its
 * guest's privileged operations go through it.
 */
public final class Vcpu implements VcpuServices {
    /** How often one access may fault in a row before the machine is held to be stuck: far beyond any nesting. */
    private static final int MOST_FAULTS = 256;

    /** What is contiguous in host memory whatever backs the guest. */
    private static final long FRAME = 4096;

    private final int vm;
    private final boolean tagged;
    private final PhysicalMemory memory;
    private final VcpuCaches caches;
    private final Tlb tlb;
    private final Tally tally;
    private final Walk walk = Walk.outer();
    private final Walk software = Walk.outer();
    private final Unpaged unpaged;
    private final HostPort softwarePort;
    private final LeafHints hints;
    private final @Nullable WalksAhead ahead;
    private final VirtualMachine machine;
    private final VirtualCpu strategy;
    private WalkPort port;
    private WalkPort uncachedPort;
    private GuestFaultHandler handler = (fault, address, needed) -> false;
    private PageTableFormat format;
    private long root;
    private CacheTags tags;
    private int space;
    private int owner;
    // Whether the guest has been left and not been entered again.
    private boolean exited;

    /** Makes the vCPU with paging off. */
    public Vcpu(int vm, PhysicalMemory memory, VcpuCaches caches, VirtualMachine machine, int physicalBits) {
        this.vm = vm;
        tagged = machine.isTagged();
        this.memory = memory;
        this.caches = caches;
        this.machine = machine;
        tlb = caches.tlb();
        softwarePort = new HostPort(memory);
        hints = new LeafHints(tlb, memory, caches.memoryPort());
        unpaged = new Unpaged(physicalBits);
        tally = new Tally(caches, walk.trail.matrix());
        ahead = caches.cachesEntries() ? null : new WalksAhead(tlb, tally, caches.forBatches());
        walk.recordsTables = caches.prefix() != null;
        strategy = machine.addCpu(this);
        port = strategy.port();
        uncachedPort = strategy.uncachedPort();
        format = strategy.format();
        root = strategy.root();
        tags = tagsOf(0);
        select(tags);
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
            if (ahead != null && walk.trail.observer() == null) {
                int next = ahead.answer(at, format, root, port, space);
                if (next != at) {
                    tally.accesses += next - at;
                    faults = 0;
                    at = next;
                    continue;
                }
            }
            long address = batch.addresses[at];
            int needed = batch.kinds[at];
            if (walk(batch, at)) {
                tlb.insert(walk, needed);
                caches.noteInserted(walk, space, owner);
                tally.accesses++;
                faults = 0;
                at++;
                continue;
            }
            tlb.cancelMiss(needed);
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
    private boolean walk(AccessBatch batch, int at) {
        hints.prepare(batch, at);
        Walk asked = walk;
        asked.start(root, batch.addresses[at], batch.kinds[at]);
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
        if (asked.fault != Fault.NONE) {
            return false;
        }
        hints.learn(asked);
        return true;
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
        forgetWhatLedTo(failed);
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

    /** What a fault itself removes, so that it is not met again for the sake of something stale. */
    private void forgetWhatLedTo(Walk failed) {
        Operand operand;
        if (failed.faultStage == Stage.STAGE_2) {
            // A misconfigured entry, which is never cached, removes nothing.
            if (failed.fault != Fault.MISCONFIGURED) {
                boolean ofAccess = failed == walk && !failed.faultOnTable;
                operand = new Operand(tags, failed.inputAddress, ofAccess ? 1 : 0, failed.faultAddress, 1);
                happens(InvalidationEvent.STAGE_2_FAULT, operand);
            }
        } else if (failed.fault != Fault.ADDRESS_SIZE && failed.fault != Fault.OUT_OF_BOUNDS) {
            happens(InvalidationEvent.FAULT, Operand.of(tags, failed.inputAddress, 1));
        }
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
        long piece = Math.min(bytes, FRAME);
        for (long at = gpa; at < gpa + bytes; at += piece) {
            memory.zero(locate(at, Rights.SUPERVISOR_WRITE), piece);
            afterStores(at, piece);
        }
    }

    /** Copies whole frames behind guest-physical addresses; the traps of the stores happen, nothing else is counted. */
    public void copy(long from, long to, long bytes) {
        long piece = Math.min(bytes, FRAME);
        for (long at = 0; at < bytes; at += piece) {
            long source = locate(from + at, Rights.SUPERVISOR_READ);
            memory.copy(source, locate(to + at, Rights.SUPERVISOR_WRITE), piece);
            afterStores(to + at, piece);
        }
    }

    private void afterStores(long gpa, long bytes) {
        for (long word = gpa; machine.trapsStore(gpa) && word < gpa + bytes; word += Long.BYTES) {
            afterStore(word, memory.load(locate(word, Rights.SUPERVISOR_READ)));
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
            format.walk(software, uncachedPort);
            if (observer != null) {
                observer.end(software);
            }
            return software;
        } finally {
            software.trail.observe(null);
        }
    }

    // The guest's privileged operations.

    /** L1Filter paging on. */
    public void pagingOn(PageTableFormat guestFormat, long newRoot, int newAsid) {
        strategy.pagingOn(guestFormat, newRoot, newAsid);
        happens(InvalidationEvent.PAGING_SWITCH, Operand.of(tags));
        tags = tagsOf(newAsid);
        refresh();
        select(tags);
        loadTopTable();
    }

    /** Loads another root; {@code flush} removes what is cached of its address space, global entries excepted. */
    public void loadRoot(long newRoot, int newAsid, boolean flush) {
        strategy.loadRoot(newRoot, newAsid);
        tags = tagsOf(newAsid);
        refresh();
        select(tags);
        loadTopTable();
        happens(flush ? InvalidationEvent.ROOT_LOAD : InvalidationEvent.ROOT_LOAD_KEEPING, Operand.of(tags));
    }

    /** Invalidates what a change of a page table of address space {@code ofAsid} made stale. */
    public void invalidate(Invalidation stale, int ofAsid) {
        if (stale.what() == Invalidation.Reach.NOTHING) {
            return;
        }
        strategy.invalidate(stale, ofAsid);
        refresh();
        happens(
                stale.event(ofAsid == tags.asid()), Operand.of(tagsOf(ofAsid), stale.address(), stale.bytes()));
    }

    /** Begins a new generation of address-space tags: what is cached under all of the VM's goes. */
    public void invalidateSpaces() {
        happens(InvalidationEvent.ALL_SPACES, Operand.of(tags));
    }

    /** What the architecture says is removed then. */
    private void happens(InvalidationEvent occasion, Operand operand) {
        caches.invalidate(caches.invalidations().rule(occasion), tags, operand, format);
    }

    /** Asks the strategy anew what it walks; if that took an exit, the guest is now entered again. */
    private void refresh() {
        format = strategy.format();
        root = strategy.root();
        if (strategy.stageTwoRoot() != tags.stageTwoRoot()) {
            tags = tagsOf(tags.asid());
            select(tags);
        }
        if (exited) {
            exited = false;
            happens(tagged ? InvalidationEvent.ENTRY : InvalidationEvent.ENTRY_UNTAGGED, Operand.of(tags));
        }
    }

    /** Hardware that takes the top table along with the root reads it now; the walks then go through its registers. */
    private void loadTopTable() {
        if (!format.loadsTopTable()) {
            port = strategy.port();
            uncachedPort = strategy.uncachedPort();
            return;
        }
        port = loaded(strategy.port());
        uncachedPort = loaded(strategy.uncachedPort());
    }

    private WalkPort loaded(WalkPort below) {
        for (int faults = 0; faults < MOST_FAULTS; faults++) {
            WalkPort loaded = format.loadRoot(software, root, below);
            if (software.succeeded()) {
                return loaded;
            }
            if (software.faultStage == Stage.STAGE_1 || settle(software) != Resolution.RETRY) {
                throw new IllegalStateException(
                        "the guest kernel loads root %#x, which hardware refuses: %s".formatted(root, software));
            }
        }
        throw new IllegalStateException("no progress: " + software);
    }

    /** A VM without a tag of its own runs under the host's, 0. */
    private CacheTags tagsOf(int asid) {
        return new CacheTags(tagged ? vm : 0, asid, strategy.stageTwoRoot());
    }

    private void select(CacheTags selected) {
        space = caches.spaces().space(selected);
        owner = caches.spaces().owner(selected);
        tlb.select(owner, space);
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
        exited = true;
        happens(tagged ? InvalidationEvent.EXIT : InvalidationEvent.EXIT_UNTAGGED, Operand.of(tags));
    }

    @Override
    public void invalidateGuestPhysical(long gpa, long bytes) {
        happens(InvalidationEvent.STAGE_2_CHANGE, new Operand(tags, 0, 0, gpa, bytes));
    }

    @Override
    public int stageTwoContext(long stageTwoRoot) {
        return caches.spaces().owner(new CacheTags(tagged ? vm : 0, 0, stageTwoRoot));
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
        return tags.asid();
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
