package org.memvirt.engine.cpu;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.memory.PhysicalMemory;

/**
 * What software does to the TLB of one vCPU beside refilling it, where hardware leaves all to software: the guest selects tags
 * and invalidates, entry by entry, and whoever takes the vCPU off its core keeps the entries for it.
 */
final class TlbSoftware {
    /** Pages beyond which the guest looks at all entries, rather than probing for each page. */
    private static final int MOST_PROBES = 32;

    private final GuestTlb guest;
    private final RefillSoftware software;
    private final Vcpu vcpu;
    private final Walk walk;
    private final PhysicalMemory memory;
    private final Counts counts;
    private final Entry entry = new Entry();
    private final Entry nothing = new Entry();
    private Entry[] saved = {};
    private int savedWired;
    private int tag;
    private @Nullable Core core;
    private boolean onCore;
    // Of a TLB that the VMM keeps.
    private boolean invalidatesAtEntry;

    /**
     * @param walk where the fault is left that the kernel must hear of
     * @throws VmRefused when the strategy runs no such guest
     */
    TlbSoftware(VirtualCpu strategy, RefillSoftware software, Vcpu vcpu, Walk walk, PhysicalMemory memory) {
        GuestTlb its = strategy.guestTlb();
        if (its == null) {
            throw new VmRefused("this strategy runs no guest whose hardware knows the TLB alone");
        }
        guest = its;
        counts = vcpu.counters().counts;
        this.software = software;
        this.vcpu = vcpu;
        this.walk = walk;
        this.memory = memory;
    }

    /** The handlers of exceptions on a core. */
    Refill refillOn(Core chosen) {
        SoftwareTlb tlb = tlb(chosen);
        AddressLayout layout = software.layout();
        HandlerPort port = new HandlerPort(vcpu, tlb, memory, counts, layout.unmappedBase());
        LinearTable linear = layout.hasLinearTable() ? new LinearTable(port, layout, tlb.pairs()) : null;
        return new SoftwareRefill(vcpu, tlb, guest, walk, counts, software.lengths(), port, linear);
    }

    private static SoftwareTlb tlb(Core core) {
        return Objects.requireNonNull(core.softwareTlb(), "hardware fills the TLB of the core");
    }

    // Cores.

    /** The vCPU begins to run on a core; what another left in the TLB there is none of its own. */
    void enter(Core entered, boolean tagged) {
        if (!guest.inHardware()) {
            enterAgain();
            return;
        }
        if (core != entered || entered.lastSoftware() != this) {
            SoftwareTlb hardware = tlb(entered);
            restore(hardware);
            SoftwareTlb below = hardware.stageTwo();
            if (below != null && !tagged) {
                below.invalidateAll();
            }
        }
        core = entered;
        entered.lastSoftware(this);
        onCore = true;
        guest.selectTag(tag);
    }

    /** The same where its VMM keeps what the guest has in its TLB. */
    private void enterAgain() {
        onCore = true;
        if (invalidatesAtEntry) {
            invalidatesAtEntry = false;
            invalidateAll();
        }
        if (guest.tag() != tag) {
            guest.selectTag(tag);
        }
    }

    /** What the guest has in its TLB is lost, beside what hardware loses. */
    void forget() {
        guest.forget();
    }

    /** It is taken off its core. */
    void leave(Core left) {
        onCore = false;
        if (!guest.inHardware()) {
            return;
        }
        SoftwareTlb hardware = tlb(left);
        if (saved.length == 0) {
            saved = new Entry[hardware.entries()];
            Arrays.setAll(saved, index -> new Entry());
        }
        for (int index = 0; index < saved.length; index++) {
            hardware.read(index, saved[index]);
        }
        savedWired = hardware.wired();
    }

    private void restore(SoftwareTlb hardware) {
        hardware.wire(savedWired);
        for (int index = 0; index < hardware.entries(); index++) {
            hardware.write(index, nothing);
        }
        for (int index = 0; index < saved.length; index++) {
            hardware.write(index, saved[index]);
        }
    }

    // What the guest does.

    /** The guest runs in another address space; {@code flush} has it invalidate what is there of the tag. */
    void select(int newTag, boolean flush) {
        tag = newTag;
        if (onCore) {
            guest.selectTag(newTag);
        }
        if (flush) {
            invalidateAll();
        }
    }

    /**
     * Invalidates what a change of a page table made stale.
     *
     * @param basePage offset bits of the table's smallest page
     */
    void invalidate(Invalidation stale, int ofTag, int basePage) {
        if (!onCore) {
            forgetSaved();
            return;
        }
        if (stale.what() == Invalidation.Reach.TABLES && software.layout().hasLinearTable()) {
            invalidateLinear(stale, ofTag, basePage);
        }
        long page = 1L << stale.pageShift();
        // Where a larger page is, or was, there may be several entries: for its parts, and what was invalid before it.
        boolean whole = stale.pageShift() == basePage && (tlb(vcpu.core()).wholeSizes() >>> basePage & 1) != 0;
        if (!whole || stale.bytes() >>> stale.pageShift() > MOST_PROBES) {
            invalidateRange(stale.address(), stale.bytes(), ofTag);
            return;
        }
        for (long at = 0; at < stale.bytes(); at += page) {
            int index = guest.probe(stale.address() + at, ofTag);
            if (index >= 0) {
                remove(index);
            }
        }
    }

    /** The linear page table no longer has the tables of the range. */
    private void invalidateLinear(Invalidation stale, int ofTag, int basePage) {
        int cover = vcpu.tables().formatOf(stale.address()).coverShift(1);
        long first = LinearTable.placeOf(software.layout().linearBase(), cover, basePage, stale.address());
        long bytes = Math.max(1, stale.bytes() >>> cover) << basePage;
        invalidate(new Invalidation(Invalidation.Reach.LEAF, first, bytes, basePage), ofTag, basePage);
    }

    /** Invalidates all entries of a tag, those that hold under every tag excepted. */
    void invalidateSpace(int ofTag) {
        if (!onCore) {
            forgetSaved();
            return;
        }
        for (int index = guest.wired(); index < guest.entries(); index++) {
            guest.read(index, entry);
            if (entry.present && !entry.global && entry.tag == ofTag) {
                remove(index);
            }
        }
    }

    private void invalidateRange(long address, long bytes, int ofTag) {
        for (int index = 0; index < guest.entries(); index++) {
            guest.read(index, entry);
            // The other page of a pair goes, too: that is no more than one more miss.
            long before = address - entry.address;
            boolean overlaps = before >= 0 ? before < 2L << entry.pageShift : -before < bytes;
            if (entry.present && (entry.global || entry.tag == ofTag) && overlaps) {
                remove(index);
            }
        }
    }

    /** Invalidates everything that is not wired. */
    void invalidateAll() {
        if (!onCore) {
            forgetSaved();
            return;
        }
        for (int index = guest.wired(); index < guest.entries(); index++) {
            remove(index);
        }
    }

    private void remove(int index) {
        counts.add(Count.TLB_WRITES);
        guest.write(index, nothing);
    }

    /** The guest invalidates when it runs again, before anything else: all, because nobody knows any more what of it. */
    private void forgetSaved() {
        invalidatesAtEntry = true;
        core = null;
        for (int index = savedWired; index < saved.length; index++) {
            saved[index].present = false;
        }
    }
}
