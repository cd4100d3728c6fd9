package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Options;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestTableCpu;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.Machine;
import org.memvirt.engine.count.Count;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;

/** A store to what the VMM protects reaches it before it is made, and is made once, by the guest or by the VMM. */
final class TrappedStoresTest implements VmmProvider {
    private static final long MEMORY = 32L << 20;
    private static final int TABLES = 20;

    private final Map<Long, Long> trapped = new HashMap<>();
    private final Set<Long> cleared = new HashSet<>();
    private @Nullable TableMemory memory;
    private @Nullable VcpuServices cpu;
    private boolean traps;
    private boolean emulates;
    private long exits;

    @ParameterizedTest(name = "kernel simulated: {0}")
    @ValueSource(booleans = {true, false})
    void theVmmMakesEveryWordThatItTraps(boolean simulated) {
        emulates = true;
        play(simulated, this);
        assertThat(exits).isEqualTo(trapped.size() + cleared.size() + rewritten);
    }

    @Test
    void theGuestMakesWhatTheVmmLetsThrough() {
        emulates = false;
        play(false, this);
    }

    @ParameterizedTest(name = "kernel simulated: {0}")
    @ValueSource(booleans = {true, false})
    void emulatedStoresAreCountedWithWhoMadeThem(boolean simulated) {
        emulates = true;
        Machine machine = play(simulated, this);
        assertThat(machine.counters().get(Count.KERNEL_EMULATED)).isEqualTo(simulated ? exits : 0);
        assertThat(machine.counters().get(Count.EMULATED)).isZero();
        assertThat(machine.audit()).isEmpty();
    }

    private long rewritten;

    private Machine play(boolean simulated, VmmProvider provider) {
        AssembledMachine assembled = new AssembledMachine(PlainFormat.usual(), provider).guestMemory(MEMORY);
        Machine machine = (simulated ? assembled.simulatedKernel() : assembled).boot();
        Map<Long, Long> before = wordsInUse();
        traps = true;
        Objects.requireNonNull(cpu).invalidateAll();
        Seeds.rounds(TABLES,
                random -> machine.single().translate(random.nextLong(1L << 38) & -4096, Rights.USER_READ, null));
        traps = false;
        Map<Long, Long> added = wordsInUse();
        added.entrySet().removeAll(before.entrySet());
        assertThat(added).hasSizeGreaterThan(TABLES);
        // Hardware sets accessed and dirty bits by itself.
        added.forEach((address, word) -> assertThat(word).isEqualTo(word | trapped.getOrDefault(address, -1L)));
        assertThat(cleared).as("words of the new tables").hasSizeGreaterThan(TABLES * 500);
        return machine;
    }

    private void trap(VcpuServices services, long gpa, long value) {
        services.exit(ExitCause.TABLE_WRITE);
        exits++;
        TableMemory words = Objects.requireNonNull(memory);
        if (value == 0) {
            rewritten += cleared.add(gpa) ? 0 : 1;
        } else {
            assertThat(words.load(gpa)).as("the store is not made yet").isNotEqualTo(value);
            rewritten += trapped.put(gpa, value) == null ? 0 : 1;
        }
        if (emulates) {
            words.store(gpa, value);
        }
    }

    /** The words that are not 0, by address. */
    private Map<Long, Long> wordsInUse() {
        Map<Long, Long> words = new HashMap<>();
        for (long address = 0; address < MEMORY; address += Long.BYTES) {
            long word = Objects.requireNonNull(memory).load(address);
            if (word != 0) {
                words.put(address, word);
            }
        }
        return words;
    }

    // A machine whose VMM, while it traps, lets nobody write the memory of the guest's kernel.

    @Override
    public boolean isVirtual() {
        return false;
    }

    @Override
    public String name() {
        return "trapping";
    }

    @Override
    public String description() {
        return "for tests";
    }

    @Override
    public boolean usesStageTwo() {
        return false;
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        memory = host.memory();
        assertThat(host.backing().reserveContiguous()).isZero();
        return new VirtualMachine() {
            @Override
            public VirtualCpu addCpu(VcpuServices services) {
                cpu = services;
                return new Cpu(services);
            }

            @Override
            public long tableBytes() {
                return 0;
            }

            @Override
            public boolean trapsStore(long gpa) {
                return traps;
            }
        };
    }

    private final class Cpu extends GuestTableCpu {
        Cpu(VcpuServices services) {
            super(services, new ProtectingPort(services.hostPort()), services.softwarePort(), 48);
        }

        @Override
        public Resolution onFault(Walk walk) {
            if (walk.fault == Fault.PERMISSION && (walk.access & Rights.SUPERVISOR_WRITE) != 0) {
                assertThat(services.storesWord()).isTrue();
                trap(services, walk.faultDetail, services.storedWord());
                return Resolution.EMULATED;
            }
            return Resolution.GUEST;
        }

        @Override
        public boolean onStore(long gpa, long value) {
            trap(services, gpa, value);
            return emulates;
        }
    }

    /** What is mapped may not be written while the VMM traps. */
    private final class ProtectingPort extends ForwardingPort {
        ProtectingPort(WalkPort below) {
            super(below);
        }

        @Override
        public void resolveLeaf(Walk walk) {
            super.resolveLeaf(walk);
            if (traps) {
                walk.allowed &= ~Rights.SUPERVISOR_WRITE;
                if (!Rights.permit(walk.allowed, walk.access)) {
                    walk.fail(Fault.PERMISSION, 1, walk.outputAddress);
                }
            }
        }
    }
}
