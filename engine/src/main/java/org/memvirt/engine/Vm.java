package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.MemoryRange;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.RefillSoftware;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.cpu.VmTags;
import org.memvirt.engine.guest.GuestKernel;
import org.memvirt.engine.host.HostManager;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostMemory;
import org.memvirt.engine.memory.PhysicalMemory;

/** One virtual machine: the memory behind it, its strategy, its vCPUs and its guest. */
public final class Vm {
    private final int number;
    private final Backing backing;
    private final VirtualMachine virtualMachine;
    private final List<Vcpu> vcpus = new ArrayList<>();
    private final GuestKernel kernel;
    private final List<GuestPlayer> players = new ArrayList<>();
    /** Null where pages hold what guests' kernels store alone. */
    private final @Nullable PageContents contents;

    /** Boots the guest; its vCPUs run on the first core while they boot, and on none afterwards. */
    Vm(int number, MachineConfig config, PhysicalMemory memory, HostMemory host, HostManager manager, VmTags tags) {
        this.number = number;
        backing = host.backing(config.guestMemory(), config.hostPieces(), config.hostPolicy().transparent());
        RefillSoftware software;
        AddressLayout layout;
        try {
            software = config.mmu() instanceof ArchitectedTlb architected ? software(config, architected) : null;
            layout = software == null ? null : software.layout();
            virtualMachine =
                    config.vmm().create(new HostOfVm(number, backing, layout, config, host), config.vmmOptions());
        } catch (VmRefused e) {
            host.release(backing);
            throw e;
        }
        backing.attach(virtualMachine);
        backing.countInvalidations(
                () -> vcpus.stream().mapToLong(vcpu -> vcpu.counters().get(Count.VMM_INVALIDATIONS)).sum());
        checkPolicy(config);
        manager.add(backing);
        int physicalBits = Long.SIZE - Long.numberOfLeadingZeros(config.guestMemory() - 1);
        Core core = tags.cores().getFirst();
        for (int i = 0; i < config.shape().vcpus(); i++) {
            new Vcpu(memory, tags, core, virtualMachine, vcpus, physicalBits, software)
                    .beforeExits(host::makeRoom);
        }
        vcpus.getFirst().enter(core);
        kernel = new GuestKernel(
                vcpus,
                config.format(),
                config.guestMemory(),
                config.guestPages(),
                config.guestPolicy(),
                config.freeKernel(),
                config.mmu().tagWidths(config.format(), config.stageTwo()).asidBits(),
                config.mmu().broadcastsInvalidations(),
                layout);
        vcpus.getFirst().leave();
        for (int i = 1; i < vcpus.size(); i++) {
            vcpus.get(i).enter(core);
            kernel.boot(i);
            vcpus.get(i).leave();
        }
        kernel.on(0);
        manager.addBalloon(backing, kernel.spareMemory());
        contents = config.hostPolicy().keepsContents()
                ? new PageContents(number, kernel, backing, memory, config.hostPolicy().contents())
                : null;
        for (int i = 0; i < vcpus.size(); i++) {
            players.add(new GuestPlayer(this, i, config.format(), contents));
        }
    }

    private void checkPolicy(MachineConfig config) {
        if (config.hostPolicy().changesMemory()) {
            try {
                virtualMachine.hostMappingChanged(0, 1L << backing.granuleShift(), HostChange.AGE);
            } catch (UnsupportedOperationException e) {
                throw new VmRefused("strategy '%s': %s; leave out what has the host reclaim, log or regroup it"
                        .formatted(config.vmm().name(), e.getMessage()));
            }
        }
    }

    private static RefillSoftware software(MachineConfig config, ArchitectedTlb architected) {
        AddressLayout layout = config.vmm().deprivileges()
                ? architected.deprivilegedLayout(config.tlbPreset())
                : architected.layout(config.tlbPreset());
        if (layout == null) {
            throw new VmRefused("strategy '%s' runs the guest's kernel deprivileged, and '%s' has no room for it that"
                    .formatted(config.vmm().name(), config.tlbPreset().name())
                    + " programs cannot reach; choose a processor that has, with --tlb");
        }
        PageTableFormat format = config.format();
        if (config.guestMemory() > layout.unmappedBytes()) {
            throw new VmRefused("its kernel reaches %s of memory without the TLB, and the guest has %s; give it less"
                    .formatted(Sizes.text(layout.unmappedBytes()), Sizes.text(config.guestMemory()))
                    + " with --guest-memory");
        }
        if (config.hostMemory() >>> layout.physicalBits() > 1) {
            throw new VmRefused("physical addresses have %d bits, and the host has %s of memory; give it less"
                    .formatted(layout.physicalBits(), Sizes.text(config.hostMemory()))
                    + " with --host-memory");
        }
        if (format.loadsTopTable()) {
            throw new VmRefused(
                    "'%s' has hardware load its top table, and here hardware knows none; name another format"
                            .formatted(format.name()));
        }
        if (layout.hasLinearTable() && !format.isLinear()) {
            throw new VmRefused(
                    ("its handlers look in a linear page table, and the lowest tables of '%s' make none; name"
                            + " another format, or handlers that walk from the root").formatted(format.name()));
        }
        return new RefillSoftware(architected.handlerLengths(config.tlbPreset()), layout);
    }

    private record HostOfVm(
            int vm, Backing backing, @Nullable AddressLayout layout, MachineConfig config, HostMemory host)
            implements Host {
        @Override
        public TableMemory memory() {
            return host.memory();
        }

        @Override
        public TableFrames tableFrames() {
            return host.vmmTables();
        }

        @Override
        public List<MemoryRange> freeRanges() {
            return host.partitions().free();
        }

        @Override
        public void withhold(MemoryRange range) {
            host.partitions().withhold(range);
        }

        @Override
        public long memoryBytes() {
            return config.hostMemory();
        }

        @Override
        public List<PageTableFormat> stageOneFormats() {
            return config.stageOneFormats();
        }

        @Override
        public @Nullable PageTableFormat stageTwoFormat() {
            return config.stageTwo();
        }
    }

    /** From 1; 0 is the host. */
    public int number() {
        return number;
    }

    /** The VM as its strategy sees it, for whoever changes host memory behind it. */
    public VirtualMachine virtualMachine() {
        return virtualMachine;
    }

    /** What lies behind the guest's memory. */
    public Backing backing() {
        return backing;
    }

    public List<Vcpu> vcpus() {
        return vcpus;
    }

    /** Those who play inputs on its vCPUs, in the same order. */
    public List<GuestPlayer> players() {
        return players;
    }

    /** A message for each of the first pages that held something else than was stored there. */
    List<String> brokenContents() {
        return contents == null ? List.of() : contents.broken();
    }

    /** The guest kernel, for scripted guests. */
    public GuestKernel kernel() {
        return kernel;
    }
}
