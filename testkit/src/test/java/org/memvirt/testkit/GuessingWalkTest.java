package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.Machine;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.testkit.format.TableFixture;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.vmm.BatchSource;

/** References on a guess: hardware that reads a leaf where it would lie if tables lay in order, while it reads the entry above. */
final class GuessingWalkTest {
    /** A table of two levels whose walk guesses where the last table lies (Margaritov et al., MICRO 2019, in small). */
    private static final class GuessingFormat implements PageTableFormat {
        private static final long PRESENT = 1;
        private static final long LEAF = 1 << 7;
        private static final long MARKS = 3 << 8;
        private static final long ADDRESS = (1L << 48) - (1L << 12);

        private final PlainFormat tables = new PlainFormat(2, 9, 8, false, AccessedUpdate.COMPLETED);

        @Override
        public String name() {
            return "guessing";
        }

        @Override
        public String description() {
            return "for tests";
        }

        @Override
        public Set<Stage> stages() {
            return Set.of(Stage.STAGE_1);
        }

        @Override
        public int levels() {
            return 2;
        }

        @Override
        public int mostReferences() {
            return 3;
        }

        @Override
        public int inputBits() {
            return tables.inputBits();
        }

        @Override
        public int outputBits() {
            return tables.outputBits();
        }

        @Override
        public List<Integer> pageShifts() {
            return tables.pageShifts();
        }

        @Override
        public boolean inRange(long inputAddress) {
            return tables.inRange(inputAddress);
        }

        @Override
        public void walk(Walk walk, WalkPort port) {
            long upper = walk.inputAddress >>> 21;
            long lower = walk.inputAddress >>> 12 & 511;
            long guess = walk.root + (1 + upper << 12) + lower * Long.BYTES;
            int before = walk.trail.depth();
            long entry = port.readEntry(walk, 2, walk.root + upper * Long.BYTES);
            if (!walk.succeeded()) {
                return;
            }
            long address = walk.hostAddress;
            int level = 2;
            int deepest = walk.trail.depth();
            walk.trail.setDepth(before);
            long leaf = port.readEntry(walk, 1, guess);
            walk.forgive();
            walk.trail.setDepth(Math.max(deepest, walk.trail.depth()));
            boolean leadsOn = (entry & PRESENT) != 0 && (entry & LEAF) == 0;
            long last = (entry & ADDRESS) + lower * Long.BYTES;
            walk.trail.speculated(1, leadsOn && last == guess ? 0 : 1);
            if (leadsOn) {
                level = 1;
                entry = last == guess ? leaf : port.readEntry(walk, 1, last);
                address = walk.hostAddress;
            }
            if (walk.succeeded() && (entry & PRESENT) == 0) {
                walk.fail(Fault.NOT_PRESENT, level, 0);
            }
            if (walk.succeeded()) {
                finish(walk, port, level, address, entry);
            }
        }

        private static void finish(Walk walk, WalkPort port, int level, long address, long leaf) {
            int shift = level == 2 ? 21 : 12;
            int allowed = (int) leaf >>> 1 & Rights.ALL;
            if (!Rights.permit(allowed, walk.access)) {
                walk.fail(Fault.PERMISSION, level, 0);
                return;
            }
            if (!port.updateEntry(walk, level, address, address, leaf, leaf | MARKS)) {
                return;
            }
            walk.outputAddress = leaf & ADDRESS & -1L << shift | walk.inputAddress & (1L << shift) - 1;
            walk.pageShift = shift;
            walk.stage1Shift = shift;
            walk.allowed = allowed;
            walk.global = false;
            walk.faultDetail = 0;
            port.resolveLeaf(walk);
        }

        @Override
        public PageTable create(TableMemory memory, TableFrames frames) {
            return tables.create(memory, frames);
        }

        @Override
        public PageTable open(TableMemory memory, TableFrames frames, long root) {
            return tables.open(memory, frames, root);
        }
    }

    @Test
    void aRightGuessSavesAStepAndAWrongOneCostsAReference() {
        TableFixture fixture = new TableFixture(new GuessingFormat());
        // The first table lies behind the root, as the guess for its first 2 MiB has it; the second does not.
        fixture.table.map(0, 5 << 12, 12, Rights.ALL, 0);
        fixture.table.map(6 << 21, 6 << 12, 12, Rights.ALL, 0);
        Walk right = fixture.walk(0, Rights.USER_READ);
        assertThat(right.outputAddress).isEqualTo(5 << 12);
        assertThat(right.trail.length()).isEqualTo(2);
        assertThat(right.trail.depth()).isEqualTo(1);
        assertThat(right.trail.speculative()).isOne();
        assertThat(right.trail.misspeculated()).isZero();
        Walk wrong = fixture.walk(6 << 21, Rights.USER_READ);
        assertThat(wrong.outputAddress).isEqualTo(6 << 12);
        assertThat(wrong.trail.length()).isEqualTo(3);
        assertThat(wrong.trail.depth()).isEqualTo(2);
        assertThat(wrong.trail.speculative()).isOne();
        assertThat(wrong.trail.misspeculated()).isOne();
    }

    @Test
    void aResultTellsGuessesAndThoseForNothing() throws Exception {
        Machine machine = new AssembledMachine(new GuessingFormat(), new BareMachine()).boot();
        AccessBatch accesses = new AccessBatch(4000);
        for (int i = 0; i < 4000; i++) {
            accesses.add((long) (i % 2000) << 12, Rights.USER_READ);
        }
        SimulationResult result = new Simulation(machine, new RunPlan(1, true)).run(() -> new BatchSource(accesses));
        SimulationResult.References references = result.walkReferences();
        assertThat(result.walks()).isPositive();
        assertThat(references.speculative()).isEqualTo(result.walks());
        assertThat(references.total()).isEqualTo(2 * result.walks() + references.misspeculated());
        assertThat(references.sequential()).isEqualTo(references.total() - references.speculative());
    }
}
