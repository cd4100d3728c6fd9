package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memvirt.api.option.Option;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.engine.Machine;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.GuestScript;
import org.memvirt.testkit.vmm.HostScript;

/**
 * Guests that do what they like under every policy, in every paging mode with control bits by chance, on hosts that do what
 * they like with their memory: they read what they wrote and take the faults that they would take alone, and after every
 * operation the VMM's own laws hold.
 */
final class RandomHistoriesTest {
    private static final List<String> MODES = List.of("x86-64", "x86-64-la57", "pae", "ia32");
    private static final List<String> SWITCHES = List.of("wp", "nxe", "smep", "smap", "pge", "pse", "pse36", "gbpages");

    @Test
    void theGuestCannotTell() {
        Seeds.rounds(2000, random -> play(random, 25));
    }

    @Test
    @Tag("slow")
    void theGuestCannotTellForLong() {
        Seeds.rounds(20_000, random -> play(random, 100));
    }

    static void play(SplittableRandom random, int operations) {
        PageTableFormat mode = X86.format(MODES.get(random.nextInt(MODES.size())));
        Map<String, String> controls = drawControls(random, mode);
        Map<String, String> options = drawOptions(random, mode);
        if (!options.get("separation").equals(Separation.HARDWARE.toString()) && "on".equals(controls.get("smap"))) {
            // A kernel that executes what it may not read needs hardware that tells it from its programs.
            controls.put("smep", "on");
        }
        PageTableFormat format = mode.with(controls);
        // To clear large pages takes a while.
        boolean large = format.pageShifts().size() > 1 && random.nextInt(50) == 0;
        int page = format.pageShifts().get(large ? 1 : 0);
        AssembledMachine assembled = new AssembledMachine(format, new Shadowing(options))
                .guestMemory(large ? 256L << 20 : 16L << 20)
                .guestPages(page)
                .hostPages(random.nextBoolean() ? 12 : 21)
                .asidBits(random.nextBoolean() ? 0 : 4)
                .walkCache(random.nextBoolean() ? AssembledMachine.REFERENCE_WALK_CACHE : null);
        Machine machine = (large || random.nextBoolean() ? assembled : assembled.simulatedKernel()).boot();
        boolean forbidsExecution = !mode.name().equals("ia32") && !"off".equals(controls.get("nxe"));
        GuestScript guest = new GuestScript(machine, random, page, forbidsExecution);
        HostScript host = new HostScript(machine.backing(), random.split());
        boolean busyHost = random.nextBoolean();
        for (int i = 0; i < operations; i++) {
            guest.play(1 + random.nextInt(4));
            if (busyHost && random.nextInt(3) == 0) {
                host.act();
            }
            assertThat(machine.virtualMachine().audit()).as("%s", guest).isEmpty();
        }
        assertThat(machine.audit()).isEmpty();
        guest.checkWalks();
    }

    private static Map<String, String> drawControls(SplittableRandom random, PageTableFormat format) {
        Map<String, String> controls = new HashMap<>();
        for (Option option : format.options()) {
            if (SWITCHES.contains(option.name()) && random.nextInt(3) == 0) {
                controls.put(option.name(), random.nextBoolean() ? "on" : "off");
            }
        }
        return controls;
    }

    private static Map<String, String> drawOptions(SplittableRandom random, PageTableFormat format) {
        SyncPolicy[] policies = SyncPolicy.values();
        SyncPolicy sync = policies[random.nextInt(policies.length)];
        boolean hashed = format.inputBits() == 32 && random.nextInt(4) == 0;
        return Map.of(
                "format",
                hashed ? Shadowing.HASHED.name() : "auto",
                "prefetch",
                random.nextInt(3) == 0 ? "8" : "0",
                "sync",
                sync.toString(),
                "separation",
                Separation.values()[random.nextInt(3)].toString(),
                "tags",
                String.valueOf(random.nextBoolean() ? 0 : 2 + random.nextInt(2)),
                "sharing",
                sync.tracksTables() && random.nextBoolean() ? "on" : "off",
                "spt-memory",
                random.nextInt(3) == 0 ? "64K" : "0");
    }
}
