package org.memvirt.testkit.vmm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.option.Options;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.block.SetAssociativeTlb;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.RefillSoftware;
import org.memvirt.engine.cpu.Spaces;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.cpu.VmTags;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.format.FormatUnderTest;
import org.memvirt.testkit.machine.AssembledMachine;

/**
 * A guest without a kernel, so that it can do what no kernel does: one table, of root 0, whose pages lead wherever the test
 * says.
 */
public final class BareGuest {
    private final BareHost host;
    private final PhysicalMemory memory;
    private final MovableBacking backing;
    private final VirtualMachine machine;
    private final Vcpu vcpu;
    private final PageTable table;
    /** What pages must be mapped with so that hardware lets them be used. */
    private final int attributes;

    private final @Nullable SoftwareTlb softwareTlb;
    private final TreeSet<Long> tables = new TreeSet<>();
    private long root;

    /**
     * @param vm the VM's number, from 1
     * @param start where in host memory this guest's pages may lie from
     */
    BareGuest(BareHost host, int vm, long start) {
        this.host = host;
        memory = host.memory;
        backing = new MovableBacking(memory, start, host.guestBytes(), host.granuleShift());
        machine = host.vmm.create(
                new HostOfVm(vm), new Options("strategy " + host.vmm.name(), host.vmm.options(), Map.of()));
        backing.attach(machine);
        Tlb tlb = tlb(host);
        softwareTlb = tlb instanceof SoftwareTlb filled ? filled : null;
        Core core = new Core(
                0,
                tlb,
                AssembledMachine.REFERENCE_WALK_CACHE,
                host.stageTwo == null ? null : AssembledMachine.REFERENCE_NESTED_TLB,
                new HostPort(memory),
                new Spaces(),
                host.software == null ? InvalidationTable.PLAIN : InvalidationTable.NOTHING);
        vcpu = new Vcpu(
                memory,
                new VmTags(8, 8, List.of(core)),
                core,
                machine,
                new ArrayList<>(),
                Long.SIZE - Long.numberOfLeadingZeros(host.guestBytes() - 1),
                handlers(host));
        vcpu.enter(core);
        GuestWords words = new GuestWords();
        GuestTables frames = new GuestTables();
        attributes = FormatUnderTest.attributesOfUse(host.format.ofRoot(0));
        table = host.format.ofRoot(0).create(words, frames);
        long[] roots = new long[host.format.roots()];
        root = table.root();
        roots[0] = root;
        for (int number = 1; number < roots.length; number++) {
            roots[number] = host.format.ofRoot(number).create(words, frames).root();
        }
        vcpu.pagingOn(host.format, 1, roots);
    }

    private static Tlb tlb(BareHost host) {
        ArchitectedTlb software = host.software;
        if (software == null) {
            return new SetAssociativeTlb(AssembledMachine.REFERENCE_TLB, 1);
        }
        TlbPreset preset = software.tlbPresets().getFirst();
        return host.stageTwo == null ? software.createTlb(preset, 1) : software.createTwoStageTlb(preset, 1);
    }

    private static AddressLayout layout(BareHost host) {
        ArchitectedTlb software = Objects.requireNonNull(host.software);
        TlbPreset preset = software.tlbPresets().getFirst();
        return host.vmm.deprivileges()
                ? Objects.requireNonNull(software.deprivilegedLayout(preset))
                : software.layout(preset);
    }

    private static @Nullable RefillSoftware handlers(BareHost host) {
        ArchitectedTlb software = host.software;
        if (software == null) {
            return null;
        }
        TlbPreset preset = software.tlbPresets().getFirst();
        return new RefillSoftware(software.handlerLengths(preset), layout(host));
    }

    private final class HostOfVm implements Host {
        private final int vm;

        HostOfVm(int vm) {
            this.vm = vm;
        }

        @Override
        public int vm() {
            return vm;
        }

        @Override
        public TableMemory memory() {
            return memory;
        }

        @Override
        public TableFrames tableFrames() {
            return host.tables;
        }

        @Override
        public GuestBacking backing() {
            return backing;
        }

        @Override
        public long memoryBytes() {
            return host.memory.size();
        }

        @Override
        public @Nullable AddressLayout layout() {
            return host.software == null ? null : BareGuest.layout(host);
        }

        @Override
        public List<PageTableFormat> stageOneFormats() {
            return List.of(host.format);
        }

        @Override
        public @Nullable PageTableFormat stageTwoFormat() {
            return host.stageTwo;
        }
    }

    private final class GuestWords implements TableMemory {
        @Override
        public long load(long gpa) {
            return vcpu.access().load(gpa);
        }

        @Override
        public void store(long gpa, long value) {
            vcpu.access().store(gpa, value);
        }
    }

    /** Tables lie in the upper half of the guest's memory. */
    private final class GuestTables implements TableFrames {
        private long next = host.guestBytes() / 2;

        @Override
        public long allocate(long bytes) {
            next = next + bytes - 1 & -bytes;
            long address = next;
            next += bytes;
            for (long at = address; at < next; at += 1L << host.granuleShift()) {
                tables.add(at & -1L << host.granuleShift());
            }
            return address;
        }

        @Override
        public void release(long address, long bytes) {
            // The guest has enough of them.
        }
    }

    /** Maps a page of the user's at the address. */
    public void map(long address, long gpa, int shift) {
        Invalidation stale = table.map(address, gpa, shift, Rights.ALL, attributes);
        if (stale.what() == Invalidation.Reach.ROOT || table.root() != root) {
            root = table.root();
            vcpu.loadRoot(root, 1, true);
        }
        if (stale.what() != Invalidation.Reach.ROOT) {
            vcpu.invalidate(stale, 1);
        }
    }

    public void unmap(long address) {
        Invalidation stale = table.unmap(address);
        vcpu.invalidate(stale, 1);
    }

    /**
     * Writes a page of the user's into the TLB past the page table, where software fills it: in the place of what matches the
     * address now, or at random. A neighbour that the entry has room for is invalid.
     *
     * @param rights user rights that the page has beside those that no entry can deny
     */
    public void writeTlb(long address, long gpa, int shift, int rights) {
        GuestTlb tlb = Objects.requireNonNull(vcpu.guestTlb());
        SoftwareTlb shape = Objects.requireNonNull(softwareTlb);
        Entry entry = new Entry();
        entry.present = true;
        entry.pageShift = shift;
        entry.tag = tlb.tag();
        entry.address = address & (shape.pairs() ? -2L : -1L) << shift;
        Half half = shape.pairs() && (address >>> shift & 1) != 0 ? entry.odd : entry.even;
        half.valid = true;
        half.output = gpa;
        half.allowed = rights | rights << Rights.SUPERVISOR_SHIFT | Rights.ALL & ~shape.deniable();
        int index = tlb.probe(address, entry.tag);
        if (index >= 0) {
            tlb.write(index, entry);
        } else {
            tlb.writeRandom(entry);
        }
    }

    /** What the guest reads in the entry that matches the address, of the page there: where it leads; -1 if none matches. */
    public long readTlb(long address) {
        GuestTlb tlb = Objects.requireNonNull(vcpu.guestTlb());
        int index = tlb.probe(address, tlb.tag());
        if (index < 0) {
            return -1;
        }
        Entry entry = new Entry();
        tlb.read(index, entry);
        boolean odd = Objects.requireNonNull(softwareTlb).pairs() && (address >>> entry.pageShift & 1) != 0;
        return odd ? entry.odd.output : entry.even.output;
    }

    /** The host address that a user's access reaches. */
    public long reach(long address, int rights) {
        return vcpu.access().reach(address, rights);
    }

    public void store(long address, long value) {
        memory.store(reach(address, Rights.USER_WRITE), value);
    }

    public long load(long address) {
        return memory.load(reach(address, Rights.USER_READ));
    }

    /** The granules in which the guest's page table lies, ascending. */
    public Long[] tableGranules() {
        return tables.toArray(Long[]::new);
    }

    /** What the VMM says lies behind an address; -1 for nothing. */
    public long backing(long gpa) {
        return backing.find(gpa);
    }

    // What the host does, each to the granule around gpa, which is there; the VMM is told first.

    /** Moves the granule to another frame. */
    public void move(long gpa) {
        backing.move(granule(gpa));
    }

    /** Takes the granule away until the guest needs it. */
    public void evict(long gpa) {
        backing.evict(granule(gpa));
    }

    /** Has the next store to the granule noticed: {@link #isProtected}. */
    public void protect(long gpa) {
        backing.protect(granule(gpa));
    }

    /** Whether no store to the granule was noticed since {@link #protect}. */
    public boolean isProtected(long gpa) {
        return backing.isProtected(granule(gpa));
    }

    /** Has the granule's accessed bit cleared. */
    public void age(long gpa) {
        backing.age(granule(gpa));
    }

    /** Lets the granule lie where another does, if both hold the same; false if they do not. */
    public boolean share(long gpa, BareGuest other, long otherGpa) {
        return backing.share(granule(gpa), other.backing, granule(otherGpa));
    }

    private long granule(long gpa) {
        return gpa & -1L << host.granuleShift();
    }

    public VirtualMachine machine() {
        return machine;
    }

    /** What the vCPU's walker says past every cache. */
    public Walk ask(long address) {
        return vcpu.ask(address, Rights.USER_READ, null);
    }
}
