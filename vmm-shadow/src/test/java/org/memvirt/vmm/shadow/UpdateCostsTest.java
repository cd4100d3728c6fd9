package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.engine.Machine;
import org.memvirt.engine.guest.Process;
import org.memvirt.testkit.machine.AssembledMachine;

/** The exits that an update of a page table takes, by each policy; under unsync the table is free since its first stores. */
final class UpdateCostsTest {
    private static final long BASE = 1L << 39;
    private static final long PAGE = 4096;
    private static final int PAGES = 20;
    private static final int UPDATES = 10;

    private final Map<ExitCause, Long> before = new HashMap<>();
    private Machine machine;

    private void start(SyncPolicy sync) {
        machine = new AssembledMachine(X86.format("x86-64"), new Shadowing(Map.of("sync", sync.toString())))
                .guestMemory(64L << 20)
                .boot();
        Process process = machine.kernel().current();
        machine.kernel().allow(process, BASE, PAGES * PAGE, Rights.USER);
        for (int page = 0; page < PAGES; page++) {
            assertThat(machine.store(BASE + page * PAGE, page)).isTrue();
        }
    }

    private void note() {
        ExitCause.known().forEach(cause -> before.put(cause, machine.counters().exits.count(cause)));
    }

    private long exits(ExitCause cause) {
        return machine.counters().exits.count(cause) - before.get(cause);
    }

    @ParameterizedTest
    @EnumSource
    void aPageThatIsUnmappedAndMappedAgainTakesTheseExits(SyncPolicy sync) {
        start(sync);
        Process process = machine.kernel().current();
        note();
        for (int page = 0; page < UPDATES; page++) {
            machine.kernel().forbid(process, BASE + page * PAGE, PAGE);
            machine.kernel().allow(process, BASE + page * PAGE, PAGE, Rights.USER);
            assertThat(machine.store(BASE + page * PAGE, page)).isTrue();
        }
        assertThat(exits(ExitCause.PAGE_FAULT)).as("true faults").isEqualTo(UPDATES);
        assertThat(exits(ExitCause.HIDDEN_FAULT)).as("hidden faults").isEqualTo(UPDATES);
        assertThat(exits(ExitCause.INVALIDATE)).as("invalidations").isEqualTo(UPDATES);
        assertThat(exits(ExitCause.TABLE_WRITE)).as("stores").isEqualTo(switch (sync) {
            case WRITE_PROTECT -> 2 * UPDATES;
            case UNSYNC, VIRTUAL_TLB -> 0;
        });
        assertThat(machine.audit()).isEmpty();
    }
}
