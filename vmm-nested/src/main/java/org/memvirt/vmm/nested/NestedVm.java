package org.memvirt.vmm.nested;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.MappedVisitor;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;

/** One VM under nested paging: its second-stage table, and the vCPUs that walk it. */
final class NestedVm implements VirtualMachine {
    private final boolean tagged;
    private final GuestBacking backing;
    private final PageTableFormat format;
    private final SecondStage stageTwo;
    private final List<NestedCpu> cpus = new ArrayList<>();
    private long root;

    NestedVm(Host host, boolean tagged) {
        PageTableFormat chosen = host.stageTwoFormat();
        if (chosen == null || !chosen.stages().contains(Stage.STAGE_2)) {
            throw new VmRefused("nested paging needs a second-stage format; name one with --second-stage");
        }
        this.tagged = tagged;
        backing = host.backing();
        format = chosen;
        if (!format.inRange(backing.size() - 1)) {
            throw new VmRefused("%s translates %d bits of guest-physical address, but the guest has %#x bytes of memory"
                    .formatted(format.name(), format.inputBits(), backing.size()));
        }
        int smallest = format.pageShifts().getFirst();
        if (backing.granuleShift() < smallest) {
            throw new VmRefused(
                    "%s has no pages below %s, but the host backs the guest in pieces of %s; give --host-pages %s or more"
                            .formatted(format.name(), Sizes.ofPage(smallest), Sizes.ofPage(backing.granuleShift()),
                                    Sizes.ofPage(smallest)));
        }
        stageTwo = new SecondStage(
                format.create(host.memory(), host.tableFrames()), format, backing, this::invalidate);
        root = stageTwo.root();
    }

    @Override
    public VirtualCpu addCpu(VcpuServices services) {
        NestedCpu cpu = new NestedCpu(this, services);
        cpus.add(cpu);
        return cpu;
    }

    @Override
    public void hostMappingChanged(long gpa, long bytes, HostChange change) {
        stageTwo.change(gpa, bytes, change);
        followRoot();
    }

    @Override
    public void destroy() {
        stageTwo.release();
    }

    @Override
    public void forEachMapped(long gpa, long bytes, MappedVisitor visitor) {
        stageTwo.forEachMapped(gpa, bytes, visitor);
    }

    @Override
    public int marks() {
        return stageTwo.marks();
    }

    @Override
    public void logStores(int entries, @Nullable LongConsumer log) {
        if ((marks() & PageTable.DIRTY) == 0 || cpus.stream().anyMatch(NestedCpu::isRefilledBySoftware)) {
            throw new UnsupportedOperationException(
                    "hardware that sets no dirty bits in %s logs no stores".formatted(format.name()));
        }
        cpus.forEach(cpu -> cpu.logStores(entries, log));
    }

    @Override
    public void drainLog() {
        cpus.forEach(NestedCpu::drainLog);
    }

    /**
     * Maps or allows what a walk of the second stage lacked.
     *
     * @throws VmStopped when the guest has no such memory, or its host does not let it
     */
    void resolve(Walk failed) {
        long gpa = failed.faultAddress;
        if (gpa < 0 || gpa >= memorySize()) {
            throw new VmStopped("the guest touches gPA %#x, but its memory ends at %#x".formatted(gpa, memorySize()));
        }
        SecondStage.Answer answer = failed.fault == Fault.MISCONFIGURED
                ? SecondStage.Answer.UNCHANGED
                : stageTwo.mend(gpa, failed.faultAccess);
        followRoot();
        switch (answer) {
            case MENDED -> {
                // The access is made again.
            }
            case FORBIDDEN -> throw new VmStopped("the guest may not do %s at gPA %#x, which its host holds read-only"
                    .formatted(Rights.text(failed.faultAccess), gpa));
            case UNCHANGED -> throw new VmStopped("stage 2 refuses an access that it allows: " + failed);
        }
    }

    private void invalidate(long gpa, long bytes) {
        cpus.forEach(cpu -> cpu.invalidateGuestPhysical(gpa, bytes));
    }

    /** A table that grew may have another root. What was cached under the old one must go: its memory may become a root again. */
    private void followRoot() {
        if (root != stageTwo.root()) {
            invalidate(0, backing.size());
            root = stageTwo.root();
            cpus.forEach(cpu -> cpu.moveRoot(root));
        }
    }

    @Override
    public long tableBytes() {
        return stageTwo.bytes();
    }

    @Override
    public List<String> audit() {
        return stageTwo.audit();
    }

    @Override
    public boolean isTagged() {
        return tagged;
    }

    PageTableFormat format() {
        return format;
    }

    /** The second stage's root, which vCPUs walk from. */
    long root() {
        return root;
    }

    long memorySize() {
        return backing.size();
    }
}
