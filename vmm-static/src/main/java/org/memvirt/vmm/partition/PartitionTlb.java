package org.memvirt.vmm.partition;

import org.memvirt.api.option.Sizes;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VmStopped;

/**
 * The TLB of a partition whose hardware knows the TLB alone: base and bound are applied when the guest writes an entry, without
 * an exit, and taken back when it reads one. A page that is not valid leads nowhere and is kept as the guest wrote it.
 */
final class PartitionTlb extends GuestTlb {
    private final long base;
    private final long size;
    private final boolean isVirtual;
    private final Entry placed = new Entry();

    PartitionTlb(long base, long size, boolean isVirtual, VcpuServices services) {
        super(services);
        this.base = base;
        this.size = size;
        this.isVirtual = isVirtual;
    }

    @Override
    public void write(int index, Entry entry) {
        hardware().write(index, place(entry));
    }

    @Override
    public int writeRandom(Entry entry) {
        return hardware().writeRandom(place(entry));
    }

    @Override
    public void read(int index, Entry into) {
        hardware().read(index, into);
        into.even.output -= into.even.valid ? base : 0;
        into.odd.output -= into.odd.valid ? base : 0;
    }

    private Entry place(Entry entry) {
        if (!entry.present || !entry.even.valid && !entry.odd.valid) {
            return entry;
        }
        placed.set(entry);
        place(placed.even, entry);
        place(placed.odd, entry);
        return placed;
    }

    private void place(Half half, Entry entry) {
        if (!half.valid) {
            return;
        }
        long bytes = 1L << entry.pageShift;
        if (half.output < 0 || half.output >= size) {
            if (isVirtual) {
                services.exit(ExitCause.OUT_OF_BOUNDS);
            }
            throw new VmStopped("%s maps physical address %#x in its TLB, but its memory ends at %#x: a machine check"
                    .formatted(isVirtual ? "the guest" : "the kernel", half.output, size));
        }
        if (bytes > size || (base & bytes - 1) != 0) {
            throw new VmStopped("the guest maps a page of %s, and its partition of %s at %#x holds none in one piece"
                    .formatted(Sizes.ofPage(entry.pageShift), Sizes.text(size), base));
        }
        half.output += base;
    }
}
