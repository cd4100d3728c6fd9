package org.memvirt.runner.guests;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.Vm;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.memory.Backing;

/**
 * A guest that has taken over its VM: its page tables are words by chance, it takes any of them for its root, under any tag, and
 * invalidates nothing. Where software fills the TLB it writes entries by chance.
 */
final class HostileGuest {
    private static final int PAGES = 64;
    private static final int RIGHTS = 3;
    private static final int TAGS = 3;

    private final Machine machine;
    private final Vm vm;
    private final Vcpu vcpu;
    private final SplittableRandom random;
    private final int base;
    private final long memory;
    private final boolean loadsTop;
    // Of its tables, the gPA and the bytes of each.
    private final List<long[]> tables = new ArrayList<>();
    private final Set<Long> own = new HashSet<>();
    private long nextTable;
    private long made;
    private long refused;

    HostileGuest(Machine machine, Vm vm, SplittableRandom random) {
        this.machine = machine;
        this.vm = vm;
        this.random = random;
        vcpu = vm.vcpus().getFirst();
        base = machine.config().format().pageShifts().getFirst();
        memory = machine.config().guestMemory();
        loadsTop = machine.config().format().loadsTopTable();
        move();
        vcpu.handleFaultsWith((fault, address, needed) -> false);
        if (vcpu.guestTlb() == null) {
            begin();
        }
    }

    /** Makes tables that are right, but for where they lead, in place of all that it had. */
    private void begin() {
        nextTable = memory / 2;
        tables.clear();
        PageTable table = machine.config().format().ofRoot(0).create(new Words(), new Frames());
        for (int page = 0; page < PAGES; page++) {
            table.map(address(page), random.nextLong(memory >>> base) << base, base, Rights.ALL, 0);
        }
        vcpu.loadRoot(table.root(), 1, true);
    }

    /** Accesses that reached memory. */
    long made() {
        return made;
    }

    /** Accesses that hardware or the VMM refused. */
    long refused() {
        return refused;
    }

    private static long address(long page, int base) {
        return (1L << Math.max(22, base)) + (page << base);
    }

    private long address(long page) {
        return address(page, base);
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
        @Override
        public long allocate(long bytes) {
            nextTable = nextTable + bytes - 1 & -bytes;
            long address = nextTable;
            nextTable += bytes;
            tables.add(new long[] {address, bytes});
            for (long word = address; word < nextTable; word += Long.BYTES) {
                vcpu.access().store(word, 0);
            }
            return address;
        }

        @Override
        public void release(long address, long bytes) {
            // It has enough of them.
        }
    }

    /** Goes on on whatever core it likes. */
    private void move() {
        machine.place(vcpu, machine.cores().get(random.nextInt(machine.cores().size())));
    }

    /** The host has moved something: what is whose is looked up anew. */
    void forgetOwn() {
        own.clear();
    }

    /** Some accesses, between which it does to its tables whatever it likes. */
    void play(int accesses) {
        move();
        GuestTlb tlb = vcpu.guestTlb();
        for (int i = 0; i < accesses; i++) {
            try {
                if (random.nextInt(4) == 0) {
                    if (tlb == null && random.nextInt(25) == 0) {
                        begin();
                    } else if (tlb == null) {
                        spoil();
                    } else {
                        write(tlb);
                    }
                }
                access();
            } catch (VmStopped stopped) {
                refused++;
            }
        }
    }

    private void spoil() {
        if (random.nextInt(8) == 0) {
            long[] root = tables.get(random.nextInt(tables.size()));
            vcpu.loadRoot(loadsTop || random.nextBoolean() ? tables.getFirst()[0] : root[0], 1 + random.nextInt(TAGS),
                    random.nextBoolean());
        } else {
            vcpu.access().store(slot(), word());
        }
    }

    private long slot() {
        // Hardware loads a top table, and refuses a wrong one at once.
        int first = loadsTop ? 1 : 0;
        if (tables.size() <= first) {
            return random.nextLong(memory >>> 3) << 3;
        }
        long[] table = tables.get(first + random.nextInt(tables.size() - first));
        // Where the walks of its addresses go, or anywhere.
        long words = random.nextBoolean() ? Math.min(PAGES, table[1] >>> 3) : table[1] >>> 3;
        return table[0] + (random.nextLong(words) << 3);
    }

    /** A word that some table has, led astray. */
    private long word() {
        long word = vcpu.access().load(slot());
        long anywhere = random.nextLong(memory >>> base) << base;
        return switch (random.nextInt(6)) {
            case 0 -> word ^ 1L << random.nextInt(Long.SIZE);
            case 1 -> word & (1L << base) - 1 | anywhere;
            case 2 -> word & (1L << base) - 1 | slot() & -1L << base;
            case 3 -> word + (random.nextLong(8) << base);
            case 4 -> random.nextInt(8) == 0 ? random.nextLong() : word;
            default -> word;
        };
    }

    /** Writes an entry that no kernel would. */
    private void write(GuestTlb tlb) {
        Entry entry = new Entry();
        entry.present = true;
        entry.pageShift = base;
        entry.tag = tlb.tag();
        entry.address = address(random.nextLong(PAGES)) & -2L << base;
        for (Half half : List.of(entry.even, entry.odd)) {
            half.valid = random.nextBoolean();
            half.output = random.nextInt(50) == 0 ? memory + (random.nextLong(64) << base)
                    : random.nextLong(memory >>> base) << base;
            half.allowed = Rights.ALL;
        }
        int index = tlb.probe(entry.address, entry.tag);
        if (index < 0) {
            index = tlb.probe(entry.address + (1L << base), entry.tag);
        }
        if (index >= 0) {
            tlb.write(index, entry);
        } else {
            tlb.writeRandom(entry);
        }
    }

    private void access() {
        long address = address(random.nextLong(PAGES)) + (random.nextLong(1L << base) & -8);
        int kind = random.nextInt(RIGHTS);
        int needed = kind == 0 ? Rights.USER_WRITE : kind == 1 ? Rights.USER_READ : Rights.USER_EXECUTE;
        long reached = vcpu.access().reach(address, needed);
        if (reached == Walk.NOWHERE) {
            refused++;
            return;
        }
        made++;
        check(address, reached);
        if (kind == 0) {
            machine.memory().store(reached, word());
        }
    }

    private void check(long address, long reached) {
        long frame = reached & -4096L;
        if (own.contains(frame)) {
            return;
        }
        if (!has(vm.backing(), frame)) {
            String owner = machine.vms().stream()
                    .filter(other -> has(other.backing(), frame))
                    .map(other -> "VM %d's".formatted(other.number()))
                    .findFirst()
                    .orElse("no guest's");
            throw new AssertionError("VM %d reaches hPA %#x at %#x, which is %s"
                    .formatted(vm.number(), reached, address, owner));
        }
        own.add(frame);
    }

    /** Whether a frame of 4 KiB lies behind a guest's memory. */
    private static boolean has(Backing backing, long frame) {
        long mask = -1L << backing.granuleShift();
        boolean[] found = new boolean[1];
        backing.pieces().forEachGranule((gpa, address) -> found[0] |= (address & mask) == (frame & mask));
        return found[0];
    }
}
