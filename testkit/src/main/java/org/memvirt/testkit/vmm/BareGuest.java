package org.memvirt.testkit.vmm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.option.Options;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.cache.SetAssociativeTlb;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.Spaces;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.cpu.VmTags;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.machine.AssembledMachine;

/** A guest without a kernel, so that it can do what no kernel does: one table, whose pages lead wherever the test says. */
public final class BareGuest {
    /** Bytes of each guest's memory. */
    public static final long MEMORY = 16L << 20;

    private static final long FIRST_TABLE = 1L << 20;

    private final PhysicalMemory memory;
    private final MovableBacking backing;
    private final VirtualMachine machine;
    private final Vcpu vcpu;
    private final PageTable table;

    /**
     * @param vm the VM's number, from 1
     * @param tables where the VMM's own tables come from
     * @param start where in host memory this guest's pages may lie from
     */
    public BareGuest(
            int vm, PhysicalMemory memory, TableFrames tables, long start, VmmProvider provider,
            PageTableFormat format, @Nullable PageTableFormat stageTwo) {
        this.memory = memory;
        backing = new MovableBacking(memory, start, MEMORY);
        machine = provider.create(
                new Host() {
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
                        return tables;
                    }

                    @Override
                    public GuestBacking backing() {
                        return backing;
                    }

                    @Override
                    public @Nullable PageTableFormat stageTwoFormat() {
                        return stageTwo;
                    }
                },
                new Options("strategy " + provider.name(), provider.options(), Map.of()));
        Core core = new Core(
                0,
                new SetAssociativeTlb(AssembledMachine.REFERENCE_TLB, 1),
                AssembledMachine.REFERENCE_WALK_CACHE,
                stageTwo == null ? null : AssembledMachine.REFERENCE_NESTED_TLB,
                new HostPort(memory),
                new Spaces(),
                InvalidationTable.PLAIN);
        vcpu = new Vcpu(memory, new VmTags(8, List.of(core)), core, machine, new ArrayList<>(), 24);
        vcpu.enter(core);
        table = format.create(new GuestWords(), new GuestTables());
        vcpu.pagingOn(format, table.root(), 1);
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

    private final class GuestTables implements TableFrames {
        private long next = FIRST_TABLE;

        @Override
        public long allocate(long bytes) {
            next = next + bytes - 1 & -bytes;
            long address = next;
            next += bytes;
            return address;
        }

        @Override
        public void release(long address, long bytes) {
            // The guest has enough of them.
        }
    }

    /** Maps a page of the user's at the address. */
    public void map(long address, long gpa, int shift) {
        Invalidation stale = table.map(address, gpa, shift, Rights.ALL, 0);
        if (stale.what() == Invalidation.Reach.ROOT) {
            vcpu.loadRoot(table.root(), 1, true);
        } else {
            vcpu.invalidate(stale, 1);
        }
    }

    public void unmap(long address) {
        Invalidation stale = table.unmap(address);
        vcpu.invalidate(stale, 1);
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

    /** What the VMM says lies behind an address. */
    public long backing(long gpa) {
        return backing.find(gpa);
    }

    /** The host moves the page and tells the VMM. */
    public void moveHostPage(long gpa) {
        backing.move(gpa);
        machine.hostMappingChanged(gpa & -4096, 4096);
    }

    public VirtualMachine machine() {
        return machine;
    }

    /** What the vCPU's walker says past every cache. */
    public Walk ask(long address) {
        return vcpu.ask(address, Rights.USER_READ, null);
    }
}
