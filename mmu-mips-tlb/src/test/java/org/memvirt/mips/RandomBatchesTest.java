package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.trial.Seeds;

/** Batches of random accesses, with software that answers some misses and gives others up, against the manual's words. */
class RandomBatchesTest {
    private static final int BATCHES = 30;
    private static final int LENGTH = 150;
    private static final int[] KINDS = {
        Rights.USER_READ, Rights.USER_READ, Rights.USER_WRITE, Rights.USER_EXECUTE, Rights.SUPERVISOR_READ,
        Rights.SUPERVISOR_WRITE, Rights.SUPERVISOR_EXECUTE, Rights.USER_READ | Rights.USER_WRITE,
        Rights.SUPERVISOR_READ | Rights.SUPERVISOR_WRITE};

    @Test
    void batchesHitAndMissAsTheirAccessesOneByOne() {
        Seeds.rounds(80, random -> new Run(Models.draw(random), random).play());
    }

    private static final class Run {
        private final MipsModel model;
        private final SplittableRandom random;
        private final MipsTlb tlb;
        private final NaiveMips manual;
        private final Entry entry = new Entry();
        private final AccessBatch batch = new AccessBatch(LENGTH);
        private final AccessBatch handlers = new AccessBatch(4);
        private long hits;
        private long misses;
        private long unmapped;

        Run(MipsModel model, SplittableRandom random) {
            this.model = model;
            this.random = random;
            tlb = new MipsTlb(model, random.nextLong());
            manual = new NaiveMips(model.is64(), model.entries(), model.segmentBits(), model.physicalBits());
            manual.status = model.is64() ? 0xe0 : 0;
        }

        void play() {
            for (int i = 0; i < BATCHES; i++) {
                happen();
                batch.clear();
                long near = Models.address(model, random);
                while (!batch.isFull()) {
                    near = random.nextInt(3) == 0 ? Models.address(model, random)
                            : near ^ random.nextLong(1 << 14) & -4;
                    batch.add(near, KINDS[random.nextInt(KINDS.length)]);
                }
                playBatch();
                assertThat(tlb.counts()).hasSize(1);
                assertThat(tlb.counts().getFirst().hits).as("hits").isEqualTo(hits);
                assertThat(tlb.counts().getFirst().misses).as("misses").isEqualTo(misses);
                assertThat(tlb.unmapped()).as("unmapped").isEqualTo(unmapped);
                checkProbes();
            }
        }

        private void playBatch() {
            int at = 0;
            boolean isRetry = false;
            while (at < batch.length) {
                int to = isRetry || random.nextInt(4) != 0 ? batch.length : at + random.nextInt(batch.length - at + 1);
                int stopped = tlb.advance(batch, at, to);
                while (at < stopped) {
                    expect(at);
                    if (manual.miss != Miss.NONE) {
                        throw new AssertionError("%s goes on, and should not: %s".formatted(text(at), manual.miss));
                    }
                    hits += manual.passedBy || isRetry ? 0 : 1;
                    unmapped += manual.passedBy && !isRetry ? 1 : 0;
                    isRetry = false;
                    at++;
                }
                if (stopped == to) {
                    assertThat(tlb.lastMiss()).isEqualTo(Miss.NONE);
                } else {
                    expect(at);
                    assertThat(tlb.lastMiss()).as("why %s stops", text(at)).isEqualTo(manual.miss);
                    misses += isRetry ? 0 : 1;
                    isRetry = answer(at);
                    if (!isRetry) {
                        misses--;
                        tlb.cancelMiss(batch.kinds[at]);
                        at++;
                    }
                }
            }
        }

        private void expect(int at) {
            expect(batch.addresses[at], batch.kinds[at]);
        }

        private void expect(long address, int kind) {
            int status = manual.statusMode();
            int privileged = status == 2 ? 0 : status;
            manual.access(address, kind, (kind & Rights.USER) != 0 ? 2 : privileged);
        }

        private String text(int at) {
            return "%s at %#x".formatted(Rights.text(batch.kinds[at]), batch.addresses[at]);
        }

        /** What software does on a miss; whether it has the access made again. */
        private boolean answer(int at) {
            Miss miss = tlb.lastMiss();
            if (miss == Miss.ADDRESS_ERROR || random.nextInt(4) == 0) {
                return false;
            }
            if (random.nextInt(4) == 0) {
                handlers.clear();
                handlers.add(Models.address(model, random), KINDS[random.nextInt(KINDS.length)]);
                expect(handlers.addresses[0], handlers.kinds[0]);
                if (tlb.advance(handlers, 0, 1) == 0) {
                    tlb.cancelMiss(handlers.kinds[0]);
                } else if (manual.passedBy) {
                    unmapped++;
                } else {
                    hits++;
                }
            }
            long address = batch.addresses[at];
            int index = tlb.probe(address, tlb.tag());
            assertThat(index).isEqualTo(manual.find(address, manual.asid));
            draw(address);
            if (index < 0) {
                int random = tlb.random();
                assertThat(tlb.writeRandom(entry)).isEqualTo(random);
                note(random);
            } else {
                tlb.write(index, entry);
                note(index);
            }
            tlb.retryMiss();
            return true;
        }

        private void draw(long address) {
            int sizes = (model.largestShift() - model.smallestShift()) / 2;
            entry.present = true;
            entry.pageShift = Math.max(
                    random.nextInt(3) == 0 ? model.smallestShift() + 2 * random.nextInt(sizes + 1) : 12,
                    model.smallestShift());
            entry.address = address & -2L << entry.pageShift;
            entry.tag = manual.asid;
            entry.global = random.nextInt(4) == 0;
            draw(entry.even);
            draw(entry.odd);
        }

        private void draw(Half half) {
            half.valid = random.nextInt(6) != 0;
            half.allowed = Rights.ALL & (random.nextInt(4) == 0 ? ~Rights.WRITE : -1);
            if (model.hasInhibits()) {
                half.allowed &= random.nextInt(6) == 0 ? ~Rights.READ : -1;
                half.allowed &= random.nextInt(6) == 0 ? ~Rights.EXECUTE : -1;
            }
            half.output = random.nextLong(1L << model.physicalBits()) & -1L << entry.pageShift;
            half.cacheAttribute = random.nextInt(8);
        }

        private void note(int index) {
            NaiveMips.Line line = new NaiveMips.Line();
            line.hidden = !entry.present;
            line.shift = entry.pageShift;
            line.address = entry.address;
            line.asid = entry.tag;
            line.global = entry.global;
            note(line, 0, entry.even);
            note(line, 1, entry.odd);
            manual.lines[index] = line;
        }

        private static void note(NaiveMips.Line line, int half, Half drawn) {
            line.frame[half] = drawn.output;
            line.valid[half] = drawn.valid;
            line.dirty[half] = (drawn.allowed & Rights.WRITE) != 0;
            line.readInhibit[half] = (drawn.allowed & Rights.READ) == 0;
            line.executeInhibit[half] = (drawn.allowed & Rights.EXECUTE) == 0;
            line.cache[half] = drawn.cacheAttribute;
        }

        /** What happens between batches. */
        private void happen() {
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    manual.asid = random.nextInt(3);
                    tlb.selectTag(manual.asid);
                }
                case 2 -> {
                    manual.status = random.nextLong() & (model.is64() ? 0xfe : 0x1e);
                    tlb.setStatus(manual.status);
                }
                case 3 -> {
                    manual.tellsInhibited = random.nextBoolean();
                    tlb.tellInhibited(manual.tellsInhibited);
                }
                case 4 -> {
                    int count = random.nextInt(model.entries());
                    tlb.wire(count);
                    assertThat(tlb.wired()).isEqualTo(count);
                }
                case 5 -> {
                    int index = random.nextInt(model.entries());
                    entry.present = false;
                    tlb.write(index, entry);
                    manual.lines[index] = new NaiveMips.Line();
                }
                case 6 -> {
                    if (random.nextInt(5) == 0) {
                        tlb.invalidateAll();
                        for (NaiveMips.Line line : manual.lines) {
                            line.hidden = true;
                        }
                    }
                }
                default -> {
                    // Nothing.
                }
            }
        }

        private void checkProbes() {
            Walk walk = Walk.outer();
            for (int i = 0; i < 10; i++) {
                long address = Models.address(model, random);
                int kind = KINDS[random.nextInt(KINDS.length)];
                expect(address, kind);
                assertThat(tlb.probe(address, kind, walk)).isEqualTo(manual.miss == Miss.NONE);
                if (manual.miss == Miss.NONE) {
                    assertThat(walk.outputAddress).isEqualTo(manual.physical);
                    assertThat(walk.inputAddress).isEqualTo(address);
                    assertThat(Rights.permit(walk.allowed, kind)).isTrue();
                }
                if (manual.miss == Miss.NONE && !manual.passedBy) {
                    NaiveMips.Line line = manual.lines[manual.found];
                    assertThat(walk.pageShift).isEqualTo(line.shift);
                    assertThat(walk.global).isEqualTo(line.global);
                }
            }
        }
    }
}
