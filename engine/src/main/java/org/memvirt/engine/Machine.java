package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.engine.cache.SetAssociativeTlb;
import org.memvirt.engine.cpu.Spaces;
import org.memvirt.engine.cpu.Tally;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.cpu.VcpuCaches;
import org.memvirt.engine.guest.GuestKernel;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostMemory;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/** The simulated machine: host memory, one VM under one strategy, its vCPU and its guest kernel, booted. */
public final class Machine {
    /** What a VMM's own image takes at the bottom of host memory. */
    private static final long VMM_IMAGE = 2L << 20;

    private static final int VM = 1;

    private final MachineConfig config;
    private final PhysicalMemory memory;
    private final HostMemory host;
    private final Backing backing;
    private final VirtualMachine virtualMachine;
    private final Vcpu vcpu;
    private final GuestKernel kernel;
    private final Scheduler scheduler;
    private final AccessBatch scratch = new AccessBatch(1);
    private List<Meter> meters = List.of();

    /**
     * Builds the machine and boots its guest.
     *
     * @throws org.memvirt.api.vmm.VmRefused when the strategy cannot run the VM
     * @throws TableFrames.OutOfMemory when memory does not even hold the guest's kernel
     */
    public Machine(MachineConfig config) {
        this.config = config;
        memory = new PhysicalMemory(config.hostMemory());
        host = new HostMemory(memory, config.vmm().isVirtual() ? VMM_IMAGE : 0);
        backing = host.backing(config.guestMemory(), config.hostPieces());
        virtualMachine = config.vmm().create(new HostOfVm(), config.vmmOptions());
        backing.attach(virtualMachine);
        VcpuCaches caches = new VcpuCaches(
                new SetAssociativeTlb(config.tlb(), config.seed()),
                config.walkCache(),
                config.stageTwo() == null ? null : config.nestedTlb(),
                new HostPort(memory),
                new Spaces(),
                config.mmu().invalidations(config.stageTwo()));
        int physicalBits = Long.SIZE - Long.numberOfLeadingZeros(config.guestMemory() - 1);
        vcpu = new Vcpu(VM, memory, caches, virtualMachine, physicalBits);
        kernel = new GuestKernel(
                vcpu,
                config.format(),
                config.guestMemory(),
                config.guestPages(),
                config.freeKernel(),
                config.mmu().tagWidths(config.format()).asidBits());
        scheduler = new Scheduler(vcpu, kernel, config.format());
        vcpu.tally().clear();
    }

    private final class HostOfVm implements Host {
        @Override
        public int vm() {
            return VM;
        }

        @Override
        public TableMemory memory() {
            return memory;
        }

        @Override
        public TableFrames tableFrames() {
            return host.vmmTables();
        }

        @Override
        public GuestBacking backing() {
            return backing;
        }

        @Override
        public @Nullable PageTableFormat stageTwoFormat() {
            return config.stageTwo();
        }
    }

    /**
     * Carries events and accesses out.
     *
     * @throws InputRefused for an event or an access that cannot be; what comes before it has been carried out
     */
    public void execute(AccessBatch batch) {
        scheduler.execute(batch);
    }

    /**
     * Makes one access and then asks the walker anew, past all caches.
     *
     * @param observer is told each step of that walk
     * @return its answer, valid until the next call; or its fault, if the guest program may not make the access
     */
    public Walk translate(long address, int rights, @Nullable WalkObserver observer) {
        AccessBatch batch = new AccessBatch(1);
        batch.add(address, rights);
        vcpu.execute(batch, 0);
        return vcpu.ask(address, rights, observer);
    }

    /** The word that the guest program reads at a user address, a multiple of 8; empty if it may not read there. */
    public OptionalLong load(long address) {
        long hostAddress = vcpu.reach(scratch, address, Rights.USER_READ);
        return hostAddress == Walk.NOWHERE ? OptionalLong.empty() : OptionalLong.of(memory.load(hostAddress));
    }

    /** Has the guest program write a word at a user address, a multiple of 8; false if it may not write there. */
    public boolean store(long address, long value) {
        long hostAddress = vcpu.reach(scratch, address, Rights.USER_WRITE);
        if (hostAddress != Walk.NOWHERE) {
            memory.store(hostAddress, value);
        }
        return hostAddress != Walk.NOWHERE;
    }

    /** Forgets what was counted and empties every cache; memory and page tables stay. */
    public void beginCounting() {
        vcpu.caches().invalidateAll();
        vcpu.tally().clear();
    }

    /** Who is told of every walk; null for nobody. */
    public void observe(@Nullable WalkObserver observer) {
        vcpu.observe(observer);
    }

    public MachineConfig config() {
        return config;
    }

    /** The guest kernel, for scripted guests. */
    public GuestKernel kernel() {
        return kernel;
    }

    /** The vCPU, for scripted guests. */
    public Vcpu vcpu() {
        return vcpu;
    }

    /** The VM as its strategy sees it, for whoever changes host memory behind it. */
    public VirtualMachine virtualMachine() {
        return virtualMachine;
    }

    /** What lies behind the guest's memory. */
    public Backing backing() {
        return backing;
    }

    /** What the vCPU has counted. */
    public Tally tally() {
        return vcpu.tally();
    }

    /** Bytes of the VMM's own page tables now, and the most there ever were. */
    public long vmmTableBytes() {
        return virtualMachine.tableBytes();
    }

    public long peakVmmTableBytes() {
        return host.vmmTables().peak();
    }

    /** Host memory behind the guest, in bytes. */
    public long hostBytes() {
        return backing.hostBytes() + host.sharedBytes();
    }

    /** Every counter of this machine; the same objects at every call. */
    public List<Meter> meters() {
        if (meters.isEmpty()) {
            meters = Meters.of(this);
            publish();
        }
        return meters;
    }

    /** Lets the meters show what has been counted until now; a run does it from time to time, and at its end. */
    public void publish() {
        meters.forEach(Meter::publish);
    }

    /** Checks what must hold at any time; a message for each law that is broken. */
    public List<String> audit() {
        List<String> broken = new ArrayList<>(virtualMachine.audit());
        broken.addAll(Audit.of(this));
        broken.addAll(host.audit());
        if (host.vmmTables().requested() != virtualMachine.tableBytes()) {
            broken.add("the VMM's tables say that they have %d bytes, but %d were handed out for them"
                    .formatted(virtualMachine.tableBytes(), host.vmmTables().requested()));
        }
        return broken;
    }
}
