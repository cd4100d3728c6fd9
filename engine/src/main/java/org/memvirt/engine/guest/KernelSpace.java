package org.memvirt.engine.guest;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.engine.cpu.Vcpu;

/**
 * The kernel's own part of all address spaces: a direct map of its memory with the largest pages there are, unless it lives
 * where hardware does not translate.
 */
final class KernelSpace {
    private final PageTableFormat format;
    // Of its two halves, which are one and the same where all addresses have one root.
    private final PageTableFormat processFormat;
    private final PageTableFormat kernelFormat;
    private final GuestMemory memory;
    // Whether the kernel's own memory is found through its page table.
    private final boolean isMapped;
    private final PageTable kernelTable;
    private final AddressSpace idle;

    /**
     * Makes the tables, while paging is off.
     *
     * @param layout where hardware walks no tables: it tells where the kernel lives
     */
    KernelSpace(PageTableFormat format, GuestMemory memory, long memorySize, @Nullable AddressLayout layout) {
        this.format = format;
        processFormat = format.ofRoot(0);
        kernelFormat = format.ofRoot(format.roots() - 1);
        this.memory = memory;
        isMapped = layout == null;
        if (layout != null) {
            memory.useDirectMap(layout.unmappedBase());
        }
        kernelTable = kernelFormat.create(memory, memory);
        if (isMapped) {
            mapDirectly(memorySize);
        }
        idle = new AddressSpace(sharesRoot() ? kernelTable : processFormat.create(memory, memory));
    }

    private void mapDirectly(long memorySize) {
        List<Integer> shifts = kernelFormat.pageShifts();
        long reach = Math.min(memorySize, reach());
        long at = 0;
        while (at < reach) {
            int best = shifts.getFirst();
            for (int shift : shifts) {
                if ((at & (1L << shift) - 1) == 0 && at + (1L << shift) <= reach) {
                    best = shift;
                }
            }
            kernelTable.map(
                    format.kernelBase() + at,
                    at,
                    best,
                    Rights.SUPERVISOR_READ | Rights.SUPERVISOR_WRITE,
                    PageTable.GLOBAL | PageTable.ACCESSED | PageTable.DIRTY);
            at += 1L << best;
        }
    }

    /** Bytes of addresses that the kernel has for itself. */
    private long reach() {
        int bits = sharesRoot() ? format.inputBits() - 1 : kernelFormat.inputBits();
        return bits >= 62 ? Long.MAX_VALUE : 1L << bits;
    }

    /** Whether kernel and process are translated from one root, so that each process's table has the kernel's part. */
    private boolean sharesRoot() {
        return format.roots() == 1;
    }

    /** Has a CPU translate from now on. */
    void turnPagingOn(Vcpu vcpu) {
        if (sharesRoot()) {
            vcpu.pagingOn(format, Cpus.KERNEL_ASID, kernelTable.root());
        } else {
            vcpu.pagingOn(format, Cpus.KERNEL_ASID, idle.table.root(), kernelTable.root());
        }
        if (isMapped) {
            memory.useDirectMap(format.kernelBase());
        }
    }

    /** The address space of a CPU where no process runs. */
    AddressSpace idle() {
        return idle;
    }

    /** A new address space that has nothing but the kernel's part. */
    AddressSpace create() {
        PageTable table = processFormat.create(memory, memory);
        if (isMapped && sharesRoot()) {
            table.adopt(kernelTable, format.kernelBase(), reach());
        }
        return new AddressSpace(table);
    }
}
