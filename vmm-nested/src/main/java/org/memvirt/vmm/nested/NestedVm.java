package org.memvirt.vmm.nested;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.walk.Stage;

/** One VM under nested paging: its second-stage table, filled on demand from what backs the guest's memory. */
final class NestedVm implements VirtualMachine {
    private final boolean tagged;
    private final GuestBacking backing;
    private final PageTableFormat format;
    private final PageTable stageTwo;
    private final List<VcpuServices> cpus = new ArrayList<>();

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
        stageTwo = format.create(host.memory(), host.tableFrames());
    }

    @Override
    public VirtualCpu addCpu(VcpuServices services) {
        cpus.add(services);
        return new NestedCpu(this, services);
    }

    @Override
    public void hostMappingChanged(long gpa, long bytes) {
        long at = gpa;
        while (at < gpa + bytes) {
            Invalidation stale = stageTwo.unmap(at);
            at = stale == Invalidation.NOTHING ? at + 4096 : stale.address() + stale.bytes();
        }
        cpus.forEach(cpu -> cpu.invalidateGuestPhysical(gpa, bytes));
    }

    @Override
    public long tableBytes() {
        return stageTwo.bytes();
    }

    @Override
    public List<String> audit() {
        List<String> broken = new ArrayList<>();
        stageTwo.forEach(mapping -> {
            if (backing.find(mapping.inputAddress()) != mapping.outputAddress()) {
                broken.add("stage 2 maps gPA %#x to %#x, but it is backed by %#x"
                        .formatted(mapping.inputAddress(), mapping.outputAddress(),
                                backing.find(mapping.inputAddress())));
            }
        });
        return broken;
    }

    @Override
    public boolean isTagged() {
        return tagged;
    }

    PageTableFormat format() {
        return format;
    }

    long root() {
        return stageTwo.root();
    }

    GuestBacking backing() {
        return backing;
    }

    /** Maps the page around {@code gpa}, backing it if need be; false if it was mapped already. */
    boolean map(long gpa) {
        Mapping present = stageTwo.find(gpa);
        if (present != null) {
            return false;
        }
        long hostAddress = backing.back(gpa);
        int shift = format.pageShifts().getFirst();
        for (int candidate : format.pageShifts()) {
            shift = candidate <= backing.pageShift(gpa) ? candidate : shift;
        }
        long offset = gpa & (1L << shift) - 1;
        stageTwo.map(gpa - offset, hostAddress - offset, shift, Rights.ALL, 0);
        return true;
    }
}
