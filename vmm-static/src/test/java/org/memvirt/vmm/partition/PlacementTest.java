package org.memvirt.vmm.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.Vm;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.BatchSource;

/** Where partitions lie, and how memory fragments, against a model that keeps a mark for each 2 MiB. */
final class PlacementTest {
    private static final long BLOCK = 2L << 20;
    private static final int BLOCKS = 128;

    private static AssembledMachine assembled(Map<String, String> options) {
        return new AssembledMachine(X86.format("x86-64"), new StaticVmm())
                .options(options)
                .guestMemory(8L << 20)
                .hostMemory(BLOCKS * BLOCK)
                .shape(new MachineShape(1, 1, 1));
    }

    /** Memory by blocks of 2 MiB; the first is the VMM's. */
    private static final class Model {
        private final boolean[] taken = new boolean[BLOCKS];
        private long unused;
        private long failed;
        private long failedWithRoom;

        Model() {
            taken[0] = true;
        }

        /** Tries every place, by the definition of the rule; -1 when there is none. */
        int place(String rule, long bytes) {
            int needed = (int) ((bytes + BLOCK - 1) / BLOCK);
            if (rule.equals("buddy")) {
                while (Integer.bitCount(needed) != 1) {
                    needed++;
                }
            }
            int best = -1;
            long bestWaste = Long.MAX_VALUE;
            for (int at = 0; at + needed <= BLOCKS; at++) {
                if (!isFree(at, needed) || rule.equals("buddy") && at % needed != 0) {
                    continue;
                }
                long waste =
                        switch (rule) {
                            case "first-fit" -> at;
                            case "best-fit" -> (long) hole(at) * BLOCKS + at;
                            default -> (long) buddy(at, needed) * BLOCKS + at;
                        };
                if (waste < bestWaste) {
                    bestWaste = waste;
                    best = at;
                }
            }
            if (best < 0) {
                failed++;
                failedWithRoom += free() * BLOCK >= bytes ? 1 : 0;
                return -1;
            }
            set(best, needed, true);
            unused += needed * BLOCK - bytes;
            return best;
        }

        /** The length of the free hole around a block. */
        private int hole(int block) {
            int from = block;
            int to = block;
            while (from > 0 && !taken[from - 1]) {
                from--;
            }
            while (to < BLOCKS && !taken[to]) {
                to++;
            }
            return to - from;
        }

        /** The largest aligned free piece of a power of two around a place: what would be split for it. */
        private int buddy(int at, int needed) {
            int size = needed;
            while (2 * size <= BLOCKS && isFree(at / (2 * size) * 2 * size, 2 * size)) {
                size *= 2;
            }
            return size;
        }

        private boolean isFree(int at, int count) {
            for (int i = at; i < at + count; i++) {
                if (i >= BLOCKS || taken[i]) {
                    return false;
                }
            }
            return true;
        }

        void set(int at, int count, boolean value) {
            for (int i = at; i < at + count; i++) {
                taken[i] = value;
            }
        }

        long free() {
            long free = 0;
            for (boolean each : taken) {
                free += each ? 0 : 1;
            }
            return free;
        }

        long largest() {
            int largest = 0;
            for (int i = 0; i < BLOCKS; i++) {
                largest = Math.max(largest, taken[i] ? 0 : hole(i));
            }
            return largest;
        }
    }

    private record Placed(Vm vm, int at, int blocks, long unused) {}

    @ParameterizedTest
    @ValueSource(strings = {"first-fit", "best-fit", "buddy"})
    void placesAndFiguresAreThoseOfTheModel(String rule) {
        Seeds.rounds(3, random -> play(random, rule));
    }

    private void play(SplittableRandom random, String rule) {
        Machine machine = assembled(Map.of("placement", rule)).boot();
        machine.beginCounting();
        Model model = new Model();
        List<Placed> placed = new ArrayList<>();
        placed.add(placed(machine.vms().getFirst(), model, rule, 8L << 20));
        for (int step = 0; step < 120; step++) {
            if (placed.size() > 1 && random.nextInt(5) < 2) {
                Placed gone = placed.remove(random.nextInt(placed.size()));
                machine.destroy(gone.vm());
                model.set(gone.at(), gone.blocks(), false);
                model.unused -= gone.unused();
            } else {
                long bytes = (4L << 20) + random.nextLong(1 + random.nextLong(96L << 20)) / 4096 * 4096;
                Vm vm = create(machine, bytes);
                if (vm == null) {
                    assertThat(model.place(rule, bytes)).as("a place for %d bytes", bytes).isNegative();
                } else {
                    placed.add(placed(vm, model, rule, bytes));
                }
            }
            check(machine, model);
        }
        assertThat(model.failedWithRoom).as("VMs that failed with room left").isPositive();
        assertThat(machine.audit()).isEmpty();
    }

    private static Vm create(Machine machine, long bytes) {
        try {
            return machine.create(bytes, 1);
        } catch (VmRefused e) {
            return null;
        }
    }

    private static Placed placed(Vm vm, Model model, String rule, long bytes) {
        long unusedBefore = model.unused;
        long freeBefore = model.free();
        int at = model.place(rule, bytes);
        assertThat(vm.backing().find(0)).as("where %d bytes lie", bytes).isEqualTo(at * BLOCK);
        return new Placed(vm, at, (int) (freeBefore - model.free()), model.unused - unusedBefore);
    }

    private static void check(Machine machine, Model model) {
        SimulationResult.Partitions figures = new Simulation(machine, new RunPlan(1, false)).resultSoFar().partitions();
        assertThat(figures.freeBytes()).isEqualTo(model.free() * BLOCK);
        assertThat(figures.largestFreeBytes()).isEqualTo(model.largest() * BLOCK);
        assertThat(figures.externalFragmentation())
                .isEqualTo(model.free() == 0 ? 0 : 1 - (double) model.largest() / model.free());
        assertThat(figures.unusedBytes()).isEqualTo(model.unused);
        assertThat(figures.internalFragmentation())
                .isEqualTo((double) model.unused / ((BLOCKS - 1 - model.free()) * BLOCK));
        assertThat(figures.failedCreations()).isEqualTo(model.failed);
        assertThat(figures.failedWithRoom()).isEqualTo(model.failedWithRoom);
    }

    @Test
    void regionsAreTakenInTheirOrderAndHolesByNobody() {
        Machine machine = assembled(Map.of("regions", "0x1000000-0x2000000+0x200000-0xa00000")).boot();
        assertThat(machine.backing().find(0)).isEqualTo(0x100_0000);
        assertThat(machine.create(8L << 20, 1).backing().find(0)).isEqualTo(0x20_0000);
        assertThatExceptionOfType(VmRefused.class).isThrownBy(() -> machine.create(8L << 20, 1));
        assertThat(machine.host().partitions().freeBytes()).isZero();
        assertThat(machine.audit()).isEmpty();
        Machine around = assembled(Map.of("holes", "2M-16M")).boot();
        assertThat(around.backing().find(0)).isEqualTo(16L << 20);
        assertThat(around.host().partitions().freeBytes()).isEqualTo(BLOCKS * BLOCK - (24L << 20));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "placement | worst-fit | none of first-fit, best-fit, buddy",
        "regions | 0x200000 | it is START-END",
        "regions | 0x200000-0x300000 | multiples of 2M",
        "regions | 2M-8M+4M-12M | overlaps the one at 0x200000",
        "holes | 4M-x | 'x'",
        "out-of-bounds | explode | neither stop nor machine-check"
    })
    void wrongOptionsAreRefusedByName(String option, String value, String message) {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> assembled(Map.of(option, value)).boot())
                .withMessageContaining(message);
    }

    @Test
    void whatAVmHadIsClearedBeforeTheNextHasIt() throws Exception {
        Machine machine = assembled(Map.of()).boot();
        Vm other = machine.create(8L << 20, 1);
        AccessBatch batch = new AccessBatch(64);
        for (int page = 0; page < 64; page++) {
            batch.add(0x40_0000 + page * 4096L, Rights.USER_WRITE);
        }
        new Simulation(machine, new RunPlan(1, false)).run(() -> new BatchSource(batch));
        long base = other.backing().find(0);
        machine.memory().store(base + 0x1000, 42);
        machine.destroy(other);
        assertThat(machine.memory().load(base + 0x1000)).isZero();
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> machine.backing().evict(0, 12))
                .withMessageContaining("does not let the host change");
    }
}
