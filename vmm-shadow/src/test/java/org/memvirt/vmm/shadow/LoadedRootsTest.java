package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.BYTES;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.testkit.machine.AssembledMachine;

/** What hardware took along when it loaded the root of a shadow is loaded again before the memory that it names serves others. */
final class LoadedRootsTest {
    private static final long GIGABYTE = 1L << 30;
    private static final long DIRECTORY_COVER = 1L << 21;
    private static final long VA = GIGABYTE;
    private static final long GPA = FREE;
    private static final long DATA = FREE + PAGE;
    private static final long ELSEWHERE = FREE + 2 * PAGE;
    private static final long PRESENT_WRITABLE_USER = 7;
    private static final long FRAME = 0xf_ffff_f000L;

    private static ScriptedGuest guest(String format, MachineShape shape, Map<String, String> options) {
        return new ScriptedGuest(new AssembledMachine(X86.format(format), new Shadowing(options))
                .guestMemory(BYTES)
                .shape(shape));
    }

    /**
     * With PAE hardware holds the directory pointers. The guest's page directory for VA is given up, while the guest runs on,
     * and its shadow's memory becomes a table of leaves: as a directory it would lead through the guest's data to any page.
     */
    @Test
    void aDirectoryPointerGoesWithTheShadowPageItLeadsTo() {
        ScriptedGuest guest = guest("pae", MachineShape.SINGLE, Map.of("sharing", "on", "format", "pae"));
        long other = GIGABYTE / 4;
        guest.map(VA, GPA);
        for (int table = 0; table < 4; table++) {
            guest.map(other + table * DIRECTORY_COVER, DATA);
        }
        guest.load(guest.table);
        guest.reach(VA, Rights.USER_READ);
        assertThat(guest.reach(other, Rights.USER_WRITE)).isEqualTo(guest.host(DATA));
        guest.vcpu.access().store(ELSEWHERE, 1);
        guest.machine.memory().store(guest.host(DATA), guest.host(ELSEWHERE) | PRESENT_WRITABLE_USER);

        long directory = guest.vcpu.access().load(guest.table.root() + (VA >>> 30) * Long.BYTES) & FRAME;
        for (int store = 0; store < GuestTables.FLOODED; store++) {
            guest.vcpu.access().store(directory + 8 * Long.BYTES, (long) store << 12);
        }
        assertThat(guest.vm.counts().flooded).isPositive();
        for (int table = 1; table < 4; table++) {
            guest.reach(other + table * DIRECTORY_COVER, Rights.USER_READ);
        }

        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        assertThat(guest.machine.audit()).isEmpty();
    }

    /**
     * Directory pointers are read from memory, although a cache of entries by their place has seen them when they led nowhere:
     * they are loaded once before the VMM answers the fault, as when its host takes memory away, and again when it has.
     */
    @Test
    void directoryPointersAreReadFromMemory() {
        WalkCachePreset entries = new WalkCachePreset(
                "t", "t", "t", WalkCachePreset.Kind.ENTRY, List.of(new WalkCachePreset.Array(0, 1, 24)));
        ScriptedGuest guest =
                new ScriptedGuest(new AssembledMachine(X86.format("pae"), new Shadowing(Map.of("format", "pae")))
                        .guestMemory(BYTES)
                        .walkCache(entries));
        guest.map(VA, GPA);
        guest.load(guest.table);
        guest.vcpu.beforeExits(() -> guest.vm.services().invalidate(Invalidation.root(0, 1)));
        long faults = guest.exits(ExitCause.HIDDEN_FAULT);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        assertThat(guest.exits(ExitCause.HIDDEN_FAULT) - faults).isEqualTo(1);
    }

    /** A hashed shadow moves as it grows, and another takes its place while a second vCPU still runs on the first. */
    @Test
    void aRootThatMovesIsLoadedAgainOnEveryVcpu() {
        ScriptedGuest guest = guest("ia32", new MachineShape(2, 1, 2), Map.of("format", Shadowing.HASHED.name()));
        Vcpu sibling = guest.machine.vms().getFirst().vcpus().get(1);
        PageTable second = guest.another();
        for (int page = 0; page < 256; page++) {
            guest.map(VA + page * PAGE, GPA + page * PAGE);
            second.map(VA + page * PAGE, GPA + (page ^ 1) * PAGE, 12, Rights.ALL, 0);
        }
        sibling.loadRoot(guest.table.root(), sibling.asid(), true);
        long before = guest.shadow().table.root();
        guest.reach(VA, Rights.USER_READ);
        for (int page = 1; guest.shadow().table.root() == before; page++) {
            guest.reach(VA + page * PAGE, Rights.USER_READ);
        }
        guest.load(second);
        assertThat(guest.shadow().table.root()).as("where the first shadow was").isEqualTo(before);
        guest.reach(VA, Rights.USER_READ);
        assertThat(guest.shadow().table.root()).isEqualTo(before);

        assertThat(sibling.access().reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        assertThat(guest.machine.audit()).isEmpty();
    }
}
