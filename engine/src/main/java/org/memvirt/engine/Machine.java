package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture.TagWidths;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.vmm.TableUse;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.Spaces;
import org.memvirt.engine.cpu.TableWatch;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.cpu.VmTags;
import org.memvirt.engine.guest.GuestKernel;
import org.memvirt.engine.host.HostManager;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostMemory;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/** The simulated machine: host memory, cores, and VMs under one strategy, their guests booted. */
public final class Machine {
    /** What a VMM's own image takes at the bottom of host memory. */
    private static final long VMM_IMAGE = 2L << 20;

    private final MachineConfig config;
    private final PhysicalMemory memory;
    private final HostMemory host;
    private final List<Core> cores = new ArrayList<>();
    private final List<Vm> vms = new ArrayList<>();
    private final VmTags vmTags;
    private final Vm first;
    private final EndedVms ended;
    private final StrategyCounters strategyCounters;
    private final HostManager hostManager;
    private @Nullable TableWatch tableWatch;
    private final List<String> brokenContents = new ArrayList<>();
    private int numbered;
    private long rollOversBefore;
    private List<Meter> meters = List.of();
    private @Nullable Counters published;
    private @Nullable Counts publishedCounts;

    /**
     * Builds the machine and boots its guests. Their vCPUs are then put on cores in turn, as far as there are cores.
     *
     * @throws org.memvirt.api.vmm.VmRefused when the strategy cannot run a VM, or not as the host's policy has it
     * @throws org.memvirt.api.table.TableFrames.OutOfMemory when memory does not even hold the guests' kernels
     */
    public Machine(MachineConfig config) {
        this.config = config;
        MachineShape shape = config.shape();
        if (!config.vmm().isVirtual() && shape.vms() > 1) {
            throw new VmRefused("strategy '%s' has no VMM: the machine has one guest, not %d"
                    .formatted(config.vmm().name(), shape.vms()));
        }
        memory = new PhysicalMemory(config.hostMemory());
        host = new HostMemory(memory, config.vmm().isVirtual() ? VMM_IMAGE : 0);
        hostManager = new HostManager(host, config.hostPolicy());
        Spaces spaces = new Spaces();
        for (int number = 0; number < shape.cores(); number++) {
            Core core = new Core(
                    number,
                    createTlb(number),
                    config.walkCache(),
                    config.stageTwo() == null ? null : config.nestedTlb(),
                    new HostPort(memory),
                    spaces,
                    config.invalidations());
            core.cacheStageTwoTables(config.stageTwoWalkCache(), config.stageTwo());
            cores.add(core);
        }
        TagWidths widths = config.mmu().tagWidths(config.format(), config.stageTwo());
        vmTags = new VmTags(widths.vmidBits(), widths.asidBits(), cores);
        for (int number = 1; number <= shape.vms(); number++) {
            vms.add(new Vm(number, config, memory, host, hostManager, vmTags));
        }
        numbered = shape.vms();
        first = vms.getFirst();
        ended = new EndedVms(cores.getFirst());
        List<Vcpu> all = vcpus();
        for (int i = 0; i < Math.min(all.size(), cores.size()); i++) {
            all.get(i).enter(cores.get(i));
        }
        hostManager.checkLogs();
        strategyCounters = new StrategyCounters(vms, ended);
        clearCounts();
        host.counts().clear();
    }

    private Tlb createTlb(int core) {
        long seed = config.seed() + core;
        return switch (config.mmu()) {
            case ArchitectedPageTables hardware -> config.tlb().create(config.tlbOptions(), seed);
            case ArchitectedTlb software when config.stageTwo() != null ->
                    software.createTwoStageTlb(config.tlbPreset(), seed);
            case ArchitectedTlb software -> software.createTlb(config.tlbPreset(), seed);
        };
    }

    // VMs that come and go.

    /**
     * Another VM, whose guest boots on the first core; what that counts is left out. Its vCPUs are on no core afterwards.
     *
     * @param guestMemory its guest-physical memory in bytes
     * @throws VmRefused when the strategy cannot run it, as for want of memory; nothing has changed then
     */
    public Vm create(long guestMemory, int vcpus) {
        if (!config.vmm().isVirtual()) {
            throw new VmRefused("strategy '%s' has no VMM: the machine has one guest".formatted(config.vmm().name()));
        }
        Vcpu occupant = cores.getFirst().occupant();
        if (occupant != null) {
            occupant.leave();
        }
        Vm vm;
        try {
            vm = new Vm(numbered + 1, config.ofVm(guestMemory, vcpus), memory, host, hostManager, vmTags);
        } catch (VmRefused e) {
            host.partitions().refused(guestMemory);
            throw e;
        }
        numbered++;
        vms.add(vm);
        vm.vcpus().forEach(vcpu -> vcpu.counters().clear());
        vm.kernel().counts().clear();
        vm.players().forEach(GuestPlayer::clearCounts);
        strategyCounters.add(vm);
        return vm;
    }

    /**
     * Ends a VM: all that its guest and its VMM have is free again.
     *
     * @throws UnsupportedOperationException where the strategy keeps its VMs to the end of the run
     */
    public void destroy(Vm vm) {
        vm.vcpus().stream().filter(Vcpu::isOnCore).forEach(Vcpu::leave);
        ended.add(vm);
        brokenContents.addAll(vm.brokenContents());
        strategyCounters.remove(vm);
        vm.virtualMachine().destroy();
        hostManager.remove(vm.backing());
        host.release(vm.backing());
        vms.remove(vm);
    }

    /** What VMs that have ended had counted. */
    EndedVms endedVms() {
        return ended;
    }

    /** Puts a vCPU on a core; it leaves the one where it is, and whoever is on this one leaves it. */
    public void place(Vcpu vcpu, Core core) {
        Vcpu occupant = core.occupant();
        if (occupant == vcpu) {
            return;
        }
        if (occupant != null) {
            occupant.leave();
        }
        if (vcpu.isOnCore()) {
            vcpu.leave();
        }
        vcpu.enter(core);
    }

    /** Those who play inputs on the vCPUs of all VMs. */
    public List<GuestPlayer> players() {
        return vms.stream().flatMap(vm -> vm.players().stream()).toList();
    }

    private List<Vcpu> vcpus() {
        return vms.stream().flatMap(vm -> vm.vcpus().stream()).toList();
    }

    /**
     * Carries events and accesses out on the first vCPU.
     *
     * @throws InputRefused for an event or an access that cannot be; what comes before it has been carried out
     */
    public void execute(AccessBatch batch) {
        first.players().getFirst().execute(batch);
        advanceHost(batch.length);
    }

    /** The guests have made so many accesses: the host has a turn, when it is due. */
    void advanceHost(long accesses) {
        hostManager.advance(accesses);
    }

    /** Accesses of the first guest's program, made one at a time: for drawings and scripted guests. */
    public SingleAccess single() {
        return new SingleAccess(this);
    }

    /** The word that the guest program reads at a user address, a multiple of 8; empty if it may not read there. */
    public OptionalLong load(long address) {
        long hostAddress = vcpu().access().reach(config.format().untagged(address, Rights.USER_READ), Rights.USER_READ);
        return hostAddress == Walk.NOWHERE ? OptionalLong.empty() : OptionalLong.of(memory.load(hostAddress));
    }

    /** Has the guest program write a word at a user address, a multiple of 8; false if it may not write there. */
    public boolean store(long address, long value) {
        long hostAddress =
                vcpu().access().reach(config.format().untagged(address, Rights.USER_WRITE), Rights.USER_WRITE);
        if (hostAddress != Walk.NOWHERE) {
            memory.store(hostAddress, value);
        }
        return hostAddress != Walk.NOWHERE;
    }

    /** Forgets what was counted and empties every cache; memory and page tables stay. */
    public void beginCounting() {
        cores.forEach(Core::invalidateAll);
        vcpus().forEach(Vcpu::forgetTlb);
        clearCounts();
        hostManager.beginCounting();
    }

    private void clearCounts() {
        cores.forEach(Core::clearCounts);
        vcpus().forEach(vcpu -> vcpu.counters().clear());
        vms.forEach(vm -> vm.kernel().counts().clear());
        vms.forEach(vm -> vm.players().forEach(GuestPlayer::clearCounts));
        strategyCounters.clear();
        rollOversBefore = vmTags.rollOvers();
    }

    /** Who is told of every walk; null for nobody. */
    public void observe(@Nullable WalkObserver observer) {
        vcpus().forEach(vcpu -> vcpu.observe(observer));
    }

    public MachineConfig config() {
        return config;
    }

    /** Host-physical memory. */
    public PhysicalMemory memory() {
        return memory;
    }

    /** The host's memory. */
    public HostMemory host() {
        return host;
    }

    /** What the host does with it. */
    public HostManager hostManager() {
        return hostManager;
    }

    /** The physical CPUs. */
    public List<Core> cores() {
        return cores;
    }

    /** The virtual machines. */
    public List<Vm> vms() {
        return vms;
    }

    /** How often the tags of VMs began anew since counting began. */
    public long vmTagRollOvers() {
        return vmTags.rollOvers() - rollOversBefore;
    }

    // Of the first VM, which is the only one unless the shape says otherwise.

    /** The guest kernel, for scripted guests. */
    public GuestKernel kernel() {
        return first.kernel();
    }

    /** The first vCPU, for scripted guests. */
    public Vcpu vcpu() {
        return first.vcpus().getFirst();
    }

    /** The VM as its strategy sees it, for whoever changes host memory behind it. */
    public VirtualMachine virtualMachine() {
        return first.virtualMachine();
    }

    /** What lies behind the guest's memory. */
    public Backing backing() {
        return first.backing();
    }

    // Of all.

    /** What all vCPUs have counted: live where there is one, else a sum that is made now. */
    public Counters counters() {
        List<Counters> all = new ArrayList<>(vcpus().stream().map(Vcpu::counters).toList());
        if (!ended.isEmpty()) {
            all.add(ended.counters());
        }
        return all.size() == 1 ? all.getFirst() : Counters.sum(cores.getFirst(), all);
    }

    /** The same as it was at the last publication. */
    Counters publishedCounters() {
        return published == null ? counters() : published;
    }

    /** All that {@link org.memvirt.engine.count.Count} lists, as of now. */
    public Counts counts() {
        return AllCounts.of(this);
    }

    /** The same as it was at the last publication. */
    Counts publishedCounts() {
        return publishedCounts == null ? counts() : publishedCounts;
    }

    /** What each page table of the VMMs' own takes, where the strategy tells. */
    public List<TableUse> tableUse() {
        return vms.stream().flatMap(vm -> vm.virtualMachine().tableUse().stream()).toList();
    }

    /** What the strategy counts of its own. */
    StrategyCounters strategyCounters() {
        return strategyCounters;
    }

    /** Bytes of the VMM's own page tables now. */
    public long vmmTableBytes() {
        return vms.stream().mapToLong(vm -> vm.virtualMachine().tableBytes()).sum();
    }

    /** Bytes of the page tables of all guests. */
    public long guestTableBytes() {
        return vms.stream().mapToLong(vm -> vm.kernel().tableBytes()).sum();
    }

    /** Guest-physical memory that the guests' kernels have handed out, in bytes. */
    public long guestBytes() {
        return vms.stream().mapToLong(vm -> vm.kernel().allocatedBytes()).sum();
    }

    /** Host memory behind the guests, in bytes. */
    public long hostBytes() {
        return vms.stream().mapToLong(vm -> vm.backing().hostBytes()).sum() + host.sharedBytes();
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
        if (meters.isEmpty()) {
            return;
        }
        published = counters();
        publishedCounts = counts();
        meters.forEach(Meter::publish);
    }

    /** Has {@link #audit} tell, too, of table entries that change from now on without a break where their format needs one. */
    public void watchTables() {
        tableWatch = TableWatch.of(memory, cores, config.format(), config.stageTwo());
    }

    /** Checks what must hold at any time; a message for each law that is broken. */
    public List<String> audit() {
        List<String> broken = new ArrayList<>();
        vms.forEach(vm -> broken.addAll(vm.virtualMachine().audit()));
        broken.addAll(Audit.of(this));
        broken.addAll(host.audit());
        broken.addAll(brokenContents);
        vms.forEach(vm -> broken.addAll(vm.brokenContents()));
        broken.addAll(hostManager.operations().broken());
        broken.addAll(tableWatch == null ? List.of() : tableWatch.broken());
        return broken;
    }
}
