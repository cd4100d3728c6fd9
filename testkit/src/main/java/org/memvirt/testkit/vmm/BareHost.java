package org.memvirt.testkit.vmm;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.format.CountedFrames;

/** A host of a few {@link BareGuest}s under one strategy, each with a stretch of host memory of its own. */
public final class BareHost {
    private static final int MOST_GUESTS = 3;

    final VmmProvider vmm;
    final PageTableFormat format;
    final @Nullable PageTableFormat stageTwo;
    final @Nullable ArchitectedTlb software;
    final PhysicalMemory memory;
    final CountedFrames tables;
    private final long stretch;
    private final long guestBytes;
    private int guests;

    /**
     * @param stageTwo null for a strategy that has none
     * @param software the MMU, if it knows the TLB alone; else null
     */
    public BareHost(
            VmmProvider vmm, PageTableFormat format, @Nullable PageTableFormat stageTwo,
            @Nullable ArchitectedTlb software) {
        this.software = software;
        this.vmm = vmm;
        this.format = format;
        this.stageTwo = stageTwo;
        int base = format.pageShifts().getFirst();
        int large = format.pageShifts().get(Math.min(1, format.pageShifts().size() - 1));
        int granule = granuleShift();
        long wanted = Math.max(16L << 20, Math.max(4L << large, 256L << Math.max(base, granule)));
        guestBytes = Long.highestOneBit(2 * wanted - 1);
        stretch = 2 * guestBytes;
        memory = new PhysicalMemory((MOST_GUESTS + 1) * stretch);
        tables = new CountedFrames(memory, 1L << 21);
    }

    /** Offset bits of the pieces in which the host backs its guests: what a second stage can map, or 12. */
    public int granuleShift() {
        return stageTwo == null ? 12 : stageTwo.pageShifts().getFirst();
    }

    /** Bytes of each guest's memory. */
    public long guestBytes() {
        return guestBytes;
    }

    /** The first host address that is no VMM's. */
    public long firstFrame() {
        return stretch;
    }

    /** Another guest. */
    public BareGuest guest() {
        if (guests == MOST_GUESTS) {
            throw new AssertionError("the host has memory for %d guests".formatted(MOST_GUESTS));
        }
        guests++;
        return new BareGuest(this, guests, vmm.isVirtual() ? guests * stretch : 0);
    }
}
