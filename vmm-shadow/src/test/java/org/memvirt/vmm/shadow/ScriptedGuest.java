package org.memvirt.vmm.shadow;

import java.util.Map;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.testkit.machine.AssembledMachine;

/** A guest whose current page table the test edits word by word, and may lead anywhere in the guest's memory. */
final class ScriptedGuest {
    static final long BYTES = 64L << 20;
    static final long PAGE = 4096;
    /** Where nobody allocates anything but the test. */
    static final long FREE = BYTES / 2;

    final Machine machine;
    final ShadowVm vm;
    final Vcpu vcpu;
    final PageTable table;
    private final Words words = new Words();
    private final Frames frames = new Frames();

    ScriptedGuest(Map<String, String> options) {
        this(new AssembledMachine(X86.format("x86-64"), new Shadowing(options)).guestMemory(BYTES));
    }

    ScriptedGuest(AssembledMachine assembled) {
        machine = assembled.boot();
        vm = (ShadowVm) machine.virtualMachine();
        vcpu = machine.vcpu();
        table = format().open(words, frames, shadow().role.guestTable());
    }

    /** That of the tables that translate the lower half. */
    private PageTableFormat format() {
        return machine.config().format().ofRoot(0);
    }

    /** Another, empty page table of the guest's. */
    PageTable another() {
        return format().create(words, frames);
    }

    /** A table of the guest's that several of its page tables may link. */
    PageTable part(int level) {
        return format().createPart(level, words, frames);
    }

    /** Runs on another page table. */
    void load(PageTable other) {
        vcpu.loadRoot(other.root(), vcpu.asid(), true);
    }

    ShadowTable shadow() {
        return vm.cpus().getFirst().shadows().getFirst();
    }

    private final class Words implements TableMemory {
        @Override
        public long load(long gpa) {
            return vcpu.access().load(gpa);
        }

        @Override
        public void store(long gpa, long value) {
            vcpu.access().store(gpa, value);
        }
    }

    private final class Frames implements TableFrames {
        private long next = BYTES;

        @Override
        public long allocate(long bytes) {
            next = next - bytes & -bytes;
            for (long at = next; at < next + bytes; at += Long.BYTES) {
                words.store(at, 0);
            }
            return next;
        }

        @Override
        public void release(long address, long bytes) {
            // There are enough.
        }
    }

    /** Maps a page that the user may do everything with; nothing was mapped there, so nothing is invalidated. */
    void map(long address, long gpa) {
        table.map(address, gpa, 12, Rights.ALL, 0);
    }

    /** Makes an access of the user's, and tells where it went; {@link Walk#NOWHERE} if it may not be made. */
    long reach(long address, int needed) {
        return vcpu.access().reach(address, needed);
    }

    /** Where the guest's memory at {@code gpa} lies. */
    long host(long gpa) {
        return machine.backing().find(gpa);
    }

    /** The word of the guest's table with the leaf that maps an address which was touched. */
    long leafOf(long address) {
        ShadowEntry entry = shadow().at(address);
        if (entry == null || entry.origin == null) {
            throw new AssertionError("%#x is not shadowed".formatted(address));
        }
        return entry.origin.address;
    }

    /** Where the entry lies that a walk of the guest's own table of four levels reads at a level, from 4 to 1. */
    long entryOf(long address, int level) {
        long at = table.root();
        for (int above = 4; above > level; above--) {
            at = vcpu.access().load(at + index(address, above)) & 0xf_ffff_f000L;
        }
        return at + index(address, level);
    }

    private static long index(long address, int level) {
        return (address >>> 3 + 9 * level & 0x1ff) * Long.BYTES;
    }

    long exits(ExitCause cause) {
        return machine.counters().exits.count(cause);
    }

    /** Whether the TLB, or else the table that hardware walks, lets the user write there now. */
    boolean mayWrite(long address) {
        return vcpu.probe(address, Rights.USER_WRITE, Walk.outer())
                || vcpu.ask(address, Rights.USER_WRITE, null).succeeded();
    }
}
