package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.HandlerLengths;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;

/**
 * The guest's handlers of TLB exceptions, which walk the guest's own page table, of any format. They do what Linux's do
 * (arch/mips/mm/tlbex.c): the one of a miss decides nothing and writes what the table holds, be it invalid, for both pages of
 * a pair, at random; the access then meets the invalid page, and a second handler marks the page accessed, and dirty for a
 * store, and writes its entry again in its place. Only what that one cannot mend is a page fault; when the kernel has mapped
 * the page, it writes the entry itself ({@code update_mmu_cache}).
 *
 * <p>Where there is a linear page table, the handler of a miss reads that, and the TLB translates its loads. One that misses
 * there raises an exception in turn, from which nothing returns to the first handler: another one writes the entry for the
 * page of the table, and has the access made again, which misses again and starts the first handler anew. The handlers that
 * mark pages walk from the root.
 */
final class SoftwareRefill implements Refill {
    private final Vcpu vcpu;
    private final SoftwareTlb tlb;
    private final GuestTlb guest;
    private final Walk failed;
    private final Counts counts;
    private final HandlerLengths lengths;
    private final HandlerPort port;
    private final @Nullable LinearTable linear;
    private final Walk walk = Walk.outer();
    private final Walk neighbour = Walk.outer();
    private final Entry entry = new Entry();
    private final long sizes;
    private final boolean pairs;
    private final int deniable;
    private boolean running;
    private boolean readsLinear;
    private Miss heardOfLinear = Miss.NONE;
    private @Nullable PageTableFormat known;
    private int basePage;

    /**
     * @param tlb of one core
     * @param guest the same as the guest's instructions reach it
     * @param failed where the fault is left that the kernel must hear of
     * @param linear null where the handlers walk from the root
     */
    SoftwareRefill(
            Vcpu vcpu, SoftwareTlb tlb, GuestTlb guest, Walk failed, Counts counts, HandlerLengths lengths,
            HandlerPort port, @Nullable LinearTable linear) {
        this.vcpu = vcpu;
        this.tlb = tlb;
        this.guest = guest;
        this.failed = failed;
        this.counts = counts;
        this.lengths = lengths;
        this.port = port;
        this.linear = linear;
        walk.recordsTables = true;
        sizes = tlb.wholeSizes();
        pairs = tlb.pairs();
        deniable = tlb.deniable();
    }

    @Override
    public void begin(int at) {}

    @Override
    public void observe(@Nullable WalkObserver observer) {
        failed.trail.observe(observer);
        walk.trail.observe(observer);
        neighbour.trail.observe(observer);
        if (linear != null) {
            linear.observe(observer);
        }
    }

    @Override
    public int answer(AccessBatch batch, int at) {
        long address = batch.addresses[at];
        int needed = batch.kinds[at];
        Miss miss = tlb.lastMiss();
        if (miss == Miss.STAGE_2) {
            vcpu.execution().fillStageTwo(tlb.missAddress(), needed);
        } else {
            counts.addIf(Count.HANDLER_MISSES, running);
            Miss heard = guest.exception(miss, address, needed);
            counts.addIf(Count.HIDDEN_REFILLS, heard == Miss.NONE);
            if (heard != Miss.NONE && readsLinear) {
                heardOfLinear = heard;
                return ABANDONED;
            }
            if (heard != Miss.NONE && !handle(heard, address, needed)) {
                return FAULTED;
            }
        }
        tlb.retryMiss();
        return at;
    }

    /** Runs the guest's handler; returns false if it must call the kernel's page-fault handler. */
    private boolean handle(Miss miss, long address, int needed) {
        if (running) {
            throw new IllegalStateException(
                    "a handler's own access to %#x needs a handler: %s".formatted(address, miss));
        }
        running = true;
        boolean apart = linear != null || port.passesTlb();
        if (apart) {
            vcpu.enterKernel();
        }
        boolean done =
                switch (miss) {
                    case REFILL -> refill(address, needed);
                    case INVALID, PROTECTED -> {
                        boolean store = (needed & Rights.WRITE) != 0;
                        counts.add(store ? Count.STORE_FAULTS : Count.LOAD_FAULTS);
                        counts.add(Count.HANDLER_INSTRUCTIONS, store ? lengths.store() : lengths.load());
                        yield mend(address, needed);
                    }
                    case MODIFIED -> {
                        counts.add(Count.MODIFICATIONS);
                        counts.add(Count.HANDLER_INSTRUCTIONS, lengths.modify());
                        yield mend(address, needed);
                    }
                    case ADDRESS_ERROR -> {
                        failed.start(0, address, needed);
                        failed.fail(Fault.ADDRESS_SIZE, 0, 0);
                        yield false;
                    }
                    default -> throw new IllegalStateException("%s is no exception of the guest's".formatted(miss));
                };
        if (apart) {
            vcpu.leaveKernel();
        }
        running = false;
        if (done) {
            guest.returns();
        }
        return done;
    }

    private boolean refill(long address, int needed) {
        counts.add(Count.REFILLS);
        if (linear == null || !linear.covers(address)) {
            read(walk, address);
        } else if (!readLinear(linear, address)) {
            counts.add(Count.HANDLER_INSTRUCTIONS, lengths.untilLoad());
            tell("the load misses, too: an exception within the handler, and another handler");
            return mapLinear(linear, address, needed);
        }
        counts.add(Count.HANDLER_INSTRUCTIONS, lengths.refill());
        write(address);
        return true;
    }

    /** Writes what was read last at random, be it invalid. */
    private void write(long address) {
        compose(address, !port.owes());
        counts.add(Count.TLB_WRITES);
        guest.writeRandom(entry);
    }

    /** Reads a linear page table; false if the load raised an exception. */
    private boolean readLinear(LinearTable table, long address) {
        WalkedTables tables = vcpu.tables();
        readsLinear = true;
        PageTableFormat format = tables.formatOf(address);
        table.read(walk, format, basePage(format), tables.rootOf(address), address);
        readsLinear = false;
        end(walk);
        return !port.isCutShort();
    }

    /**
     * The handler of a load from a linear page table. What the array has no page for is a large page, which it writes itself,
     * or a fault: then it returns false.
     */
    private boolean mapLinear(LinearTable table, long address, int needed) {
        long loadsBefore = counts.get(Count.HANDLER_LOADS);
        counts.add(Count.NESTED_HANDLERS);
        counts.add(Count.HANDLER_INSTRUCTIONS, lengths.nested());
        counts.add(Count.NESTED_INSTRUCTIONS, lengths.nested());
        WalkedTables tables = vcpu.tables();
        PageTableFormat format = tables.formatOf(address);
        int allowed = Rights.READ | Rights.ALL & ~deniable;
        int base = basePage(format);
        boolean mapped = table.map(walk, format, base, tables.rootOf(address), address, guest.tag(), sizeOfEntry(base),
                allowed, entry);
        counts.add(Count.NESTED_LOADS, counts.get(Count.HANDLER_LOADS) - loadsBefore);
        end(walk);
        if (mapped) {
            counts.add(Count.TLB_WRITES);
            writeInPlace(heardOfLinear == Miss.REFILL ? -1 : guest.probe(entry.address, entry.tag));
        } else if (walk.succeeded()) {
            write(address);
        } else {
            return fail(address, needed);
        }
        tell("it returns to the program, whose access misses again");
        return true;
    }

    private boolean mend(long address, int needed) {
        return use(address, needed) || fail(address, needed);
    }

    /** Leaves the fault of the walk to the kernel. */
    private boolean fail(long address, int needed) {
        failed.start(0, address, needed);
        failed.takeFaultOf(walk);
        return false;
    }

    /** Marks the page for an access and writes its entry where there is one; false if the table does not allow the access. */
    private boolean use(long address, int needed) {
        port.begin(true);
        // What the TLB cannot deny the handler does not look for: the page is valid or not.
        walk(walk, address, needed & deniable);
        if (walk.succeeded() && (walk.allowed & Rights.USER) == 0) {
            walk.fail(Fault.PERMISSION, walk.lowestVisited, 0);
        }
        if (!walk.succeeded()) {
            return false;
        }
        compose(address, true);
        counts.add(Count.TLB_WRITES);
        writeInPlace(guest.probe(address, guest.tag()));
        return true;
    }

    /** Writes the entry in the place of one that stands there, or at random if the index is below 0. */
    private void writeInPlace(int index) {
        if (index >= 0) {
            guest.write(index, entry);
        } else {
            guest.writeRandom(entry);
        }
    }

    // Walks of the page table, and the entry that is made from them.

    private void read(Walk asked, long address) {
        port.begin(false);
        walk(asked, address, Rights.NONE);
    }

    private void walk(Walk asked, long address, int needed) {
        WalkedTables tables = vcpu.tables();
        PageTableFormat format = tables.formatOf(address);
        asked.start(tables.rootOf(address), address, needed);
        format.walk(asked, port);
        end(asked);
    }

    private static void end(Walk asked) {
        if (asked.trail.observer() != null) {
            asked.trail.observer().end(asked);
        }
    }

    private void tell(String words) {
        WalkObserver observer = walk.trail.observer();
        if (observer != null) {
            observer.step(words);
        }
    }

    /** Makes the entry for the page that was walked to last, and for its neighbour. */
    private void compose(long address, boolean usable) {
        PageTableFormat format = vcpu.tables().formatOf(address);
        int base = basePage(format);
        int size = walk.succeeded() ? walk.stage1Shift : base;
        // A pair of large pages could lie over entries that say of small ones beside it that they are not there.
        int shift = sizeOfEntry(pairs && size > base ? size - 1 : size);
        entry.present = true;
        entry.pageShift = shift;
        entry.tag = guest.tag();
        entry.address = address & (pairs ? -2L : -1L) << shift;
        entry.global = walk.succeeded() && walk.global;
        long page = 1L << shift;
        boolean odd = pairs && (address & page) != 0;
        fill(odd ? entry.odd : entry.even, walk, walk.outputAddress & -page, usable);
        if (!pairs) {
            return;
        }
        Half other = odd ? entry.even : entry.odd;
        if (walk.succeeded() && shift < size) {
            fill(other, walk, walk.outputAddress & -page ^ page, usable);
            return;
        }
        boolean known = readNeighbour(format, address, address ^ page) && neighbour.stage1Shift >= shift;
        fill(other, neighbour, neighbour.outputAddress & -page, known);
        entry.global &= known && neighbour.global;
    }

    /** Offset bits of the format's smallest page; a format may make the list of them anew each time. */
    private int basePage(PageTableFormat format) {
        if (format != known) {
            known = format;
            basePage = format.pageShifts().getFirst();
        }
        return basePage;
    }

    /** The largest page of the TLB that is no larger than one of the table's. */
    private int sizeOfEntry(int pageShift) {
        long fitting = sizes & (2L << pageShift) - 1;
        if (fitting == 0) {
            throw new IllegalStateException("the TLB has no page as small as 2^%d bytes".formatted(pageShift));
        }
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(fitting);
    }

    private void fill(Half half, Walk of, long output, boolean usable) {
        int user = of.succeeded() ? of.allowed & Rights.USER : 0;
        half.valid = usable && user != 0;
        half.output = half.valid ? output : 0;
        half.allowed = half.valid ? user | user << Rights.SUPERVISOR_SHIFT | Rights.ALL & ~deniable : 0;
        half.cacheAttribute = 0;
    }

    /**
     * Reads what the table says of the other page of a pair: where both lie in one table, that is one more load; where the
     * table is not there, none. Returns whether that page can be used as it is.
     */
    private boolean readNeighbour(PageTableFormat format, long address, long other) {
        int level = walk.lowestVisited;
        int cover = level == 0 ? 0 : format.coverShift(level);
        if (cover == 0 || (address ^ other) >>> cover != 0) {
            read(neighbour, other);
            return neighbour.succeeded() && !port.owes();
        }
        if (!walk.succeeded() && level > 1 && (address ^ other) >>> format.coverShift(level - 1) == 0) {
            neighbour.takeFaultOf(walk);
            return false;
        }
        port.beginNext();
        neighbour.start(vcpu.tables().rootOf(other), other, Rights.NONE);
        neighbour.resumeLevel = level;
        neighbour.resumeTable = walk.table[level];
        neighbour.resumeHostAddress = Walk.NOWHERE;
        neighbour.resumeAttributes = walk.tableAttributes[level];
        format.walk(neighbour, port);
        end(neighbour);
        return neighbour.succeeded() && !port.owes();
    }

    // After a page fault.

    @Override
    public void faulted(int needed) {
        // The miss counts until it is clear that the access will not be made.
    }

    @Override
    public void mapped(long address, int needed) {
        use(address, needed);
    }

    @Override
    public void again() {
        tlb.retryMiss();
    }

    @Override
    public void giveUp(int needed) {
        tlb.cancelMiss(needed);
    }
}
