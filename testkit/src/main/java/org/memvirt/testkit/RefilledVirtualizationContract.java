package org.memvirt.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture.TagWidths;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.machine.ChosenTlb;
import org.memvirt.testkit.machine.RefilledMmu;

/** {@link VirtualizationContract} where hardware knows the TLB alone: with the usual tags, and with few, which begin anew all the time. */
public abstract class RefilledVirtualizationContract extends VirtualizationContract {
    private static final int FEW_BITS = 2;
    private static final int VM_BITS = 8;

    private final VmmProvider vmm;
    private final PageTableFormat format;
    private final List<ArchitectedTlb> tlbs;

    /** On the small MMU of the testkit, with and without pairs. */
    protected RefilledVirtualizationContract(VmmProvider vmm, boolean pairs) {
        this(vmm, PlainFormat.usual(), List.of(
                new RefilledMmu(PlainFormat.usual(), 16, pairs, Rights.ALL, 6, VM_BITS),
                new RefilledMmu(PlainFormat.usual(), 4, pairs, Rights.ALL, FEW_BITS, VM_BITS)));
    }

    /**
     * On one processor.
     *
     * @param preset the name of its TLB
     * @param format the name of one of the MMU's
     */
    protected RefilledVirtualizationContract(VmmProvider vmm, ArchitectedTlb mmu, String preset, String format) {
        this(vmm,
                mmu.formats().stream().filter(each -> each.name().equals(format)).findFirst().orElseThrow(),
                List.of(new ChosenTlb(mmu, preset), new ChosenTlb(mmu, preset, new TagWidths(FEW_BITS, VM_BITS))));
    }

    /**
     * On one processor, whose software keeps page tables of any format.
     *
     * @param preset the name of its TLB
     */
    protected RefilledVirtualizationContract(
            VmmProvider vmm, ArchitectedTlb mmu, String preset, PageTableFormat format) {
        this(vmm, format, List.of(
                new ChosenTlb(mmu, preset), new ChosenTlb(mmu, preset, new TagWidths(FEW_BITS, VM_BITS))));
    }

    private RefilledVirtualizationContract(VmmProvider vmm, PageTableFormat format, List<ArchitectedTlb> tlbs) {
        this.vmm = vmm;
        this.format = format;
        this.tlbs = tlbs;
    }

    @Override
    protected final VmmProvider vmm() {
        return vmm;
    }

    @Override
    protected final PageTableFormat format() {
        return format;
    }

    /** The MMU's last. */
    @Override
    protected final @Nullable PageTableFormat stageTwo() {
        return vmm.usesStageTwo() ? architectedTlb().formats().getLast() : null;
    }

    @Override
    protected final ArchitectedTlb architectedTlb() {
        return tlbs.getFirst();
    }

    @Override
    protected final List<ArchitectedTlb> drawnFrom() {
        return tlbs;
    }

    @Override
    protected final boolean formatForbidsExecution() {
        ArchitectedTlb mmu = architectedTlb();
        return (mmu.createTlb(mmu.tlbPresets().getFirst(), 1).deniable() & Rights.EXECUTE) != 0;
    }
}
