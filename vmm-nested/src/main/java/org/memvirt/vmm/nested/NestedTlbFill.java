package org.memvirt.vmm.nested;

import java.util.Objects;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.walk.Walk;

/**
 * Nested paging where hardware knows TLBs alone: the guest fills one as it likes, without exits, and the VMM fills the other,
 * that of the second stage, from its table. MIPS calls them guest TLB and root TLB.
 */
final class NestedTlbFill extends GuestTlb {
    private final NestedVm machine;
    private final Walk walk = Walk.outer();
    private final Entry entry = new Entry();

    NestedTlbFill(NestedVm machine, VcpuServices services) {
        super(services);
        this.machine = machine;
    }

    @Override
    public boolean fillStageTwo(long gpa, int needed) {
        boolean fault = !find(gpa, needed);
        services.exit(fault ? ExitCause.STAGE_2_FAULT : ExitCause.STAGE_2_REFILL);
        while (!walk.succeeded()) {
            machine.resolve(walk);
            find(gpa, needed);
        }
        write(gpa);
        return fault;
    }

    private boolean find(long gpa, int needed) {
        walk.start(machine.root(), gpa, needed);
        services.softwareWalk(walk, machine.format(), services.softwarePort());
        return walk.succeeded();
    }

    private void write(long gpa) {
        SoftwareTlb tlb = Objects.requireNonNull(hardware().stageTwo());
        int shift = sizeOfEntry(tlb.wholeSizes());
        long page = 1L << shift;
        boolean odd = tlb.pairs() && (gpa & page) != 0;
        entry.present = true;
        entry.global = false;
        entry.tag = tlb.tag();
        entry.pageShift = shift;
        entry.address = gpa & (tlb.pairs() ? -2 * page : -page);
        fill(odd ? entry.odd : entry.even, shift, tlb.deniable());
        if (tlb.pairs()) {
            long other = gpa & -page ^ page;
            find(other, Rights.NONE);
            fill(odd ? entry.even : entry.odd, shift, tlb.deniable());
        }
        int index = tlb.probe(gpa, entry.tag);
        if (index >= 0) {
            tlb.write(index, entry);
        } else {
            tlb.writeRandom(entry);
        }
    }

    private int sizeOfEntry(long sizes) {
        long fitting = sizes & (2L << walk.pageShift) - 1;
        if (fitting == 0) {
            throw new IllegalStateException("the second stage's TLB has no page as small as 2^" + walk.pageShift);
        }
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(fitting);
    }

    /** What was found last, as far as it is as large as the pages of the entry. */
    private void fill(Half half, int shift, int deniable) {
        int rights = walk.succeeded() && walk.pageShift >= shift
                ? (walk.allowed | walk.allowed >>> Rights.SUPERVISOR_SHIFT) & Rights.USER
                : 0;
        half.valid = rights != 0;
        half.output = half.valid ? walk.outputAddress & -1L << shift : 0;
        half.allowed = half.valid ? rights | rights << Rights.SUPERVISOR_SHIFT | Rights.ALL & ~deniable : 0;
        half.cacheAttribute = 0;
    }
}
