package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Options;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.engine.Machine;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;

/** A VMM that traps stores hears of every word that the guest kernel writes, also of those that it clears by the page. */
final class TrappedStoresTest extends BareMachine {
    private static final long MEMORY = 32L << 20;

    private final Set<Long> written = new HashSet<>();
    private final Set<Long> cleared = new HashSet<>();
    private @Nullable TableMemory memory;
    private boolean traps;

    @Override
    public VirtualMachine create(Host host, Options options) {
        memory = host.memory();
        return super.create(host, options);
    }

    @Override
    boolean trapsStore(long gpa) {
        return traps;
    }

    @Override
    void onStore(long gpa, long value) {
        (value == 0 ? cleared : written).add(gpa & -Long.BYTES);
    }

    @ParameterizedTest(name = "kernel simulated: {0}")
    @ValueSource(booleans = {true, false})
    void everyWordThatIsWrittenIsHeardOf(boolean simulated) {
        AssembledMachine assembled = new AssembledMachine(PlainFormat.usual(), this).guestMemory(MEMORY);
        Machine machine = (simulated ? assembled.simulatedKernel() : assembled).boot();
        Set<Long> before = wordsInUse();
        traps = true;
        int tables = 20;
        Seeds.rounds(tables, random -> machine.translate(random.nextLong(1L << 38) & -4096, Rights.USER_READ, null));
        Set<Long> added = wordsInUse();
        added.removeAll(before);
        assertThat(added).hasSizeGreaterThan(tables);
        assertThat(written).containsAll(added);
        assertThat(cleared).as("words of the new tables").hasSizeGreaterThan(tables * 500);
    }

    /** The addresses of all words that are not 0. */
    private Set<Long> wordsInUse() {
        Set<Long> words = new HashSet<>();
        for (long address = 0; address < MEMORY; address += Long.BYTES) {
            if (Objects.requireNonNull(memory).load(address) != 0) {
                words.add(address);
            }
        }
        return words;
    }
}
