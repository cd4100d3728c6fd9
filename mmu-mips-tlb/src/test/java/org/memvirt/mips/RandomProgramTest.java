package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.testkit.trial.Seeds;

/** Programs of random instructions and accesses, on a processor and on the manual written down. */
class RandomProgramTest {
    private static final int STEPS = 400;
    private static final int[] KINDS = {Rights.READ, Rights.WRITE, Rights.EXECUTE};

    @Test
    void aProcessorDoesWhatTheManualSays() {
        Seeds.rounds(150, random -> new Program(Models.draw(random), random).run());
    }

    /** One program. Registers of the manual's side are kept as numbers and put together bit by bit. */
    private static final class Program {
        private final MipsModel model;
        private final SplittableRandom random;
        private final MipsProcessor processor;
        private final NaiveMips manual;
        private final long all;
        private long grain;
        private int smallest = 12;

        Program(MipsModel model, SplittableRandom random) {
            this.model = model;
            this.random = random;
            processor = new MipsProcessor(new MipsTlb(model, random.nextLong()));
            manual = new NaiveMips(model.is64(), model.entries(), model.segmentBits(), model.physicalBits());
            all = model.is64() ? -1 : 0xffff_ffffL;
        }

        void run() {
            for (int i = 0; i < STEPS; i++) {
                switch (random.nextInt(12)) {
                    case 0 -> status();
                    case 1, 2, 3 -> write();
                    case 4 -> probe();
                    case 5 -> read();
                    case 6 -> grain();
                    case 7 -> invalidate();
                    case 8 -> wire();
                    default -> access();
                }
            }
        }

        private void status() {
            long value = random.nextLong() & 0xff;
            processor.write(Register.STATUS, value);
            long kept = value & (model.is64() ? 0xe0 : 0);
            kept |= value & 6;
            kept |= value & (model.hasSupervisor() ? 0x18 : 0x10);
            manual.status = kept;
            assertThat(processor.read(Register.STATUS)).isEqualTo(kept);
        }

        private void grain() {
            if (random.nextInt(3) != 0) {
                return;
            }
            long value = random.nextLong();
            processor.write(Register.PAGE_GRAIN, value);
            grain = value & ((model.hasInhibits() ? 0xc800_0000L : 0) | (model.hasSmallPages() ? 0x1000_0000L : 0));
            assertThat(processor.read(Register.PAGE_GRAIN)).isEqualTo(grain);
            smallest = (grain & 0x1000_0000L) != 0 ? 10 : 12;
            manual.tellsInhibited = (grain & 0x0800_0000L) != 0;
        }

        private void wire() {
            int value = random.nextInt(70) - 2;
            long before = processor.read(Register.WIRED);
            processor.write(Register.WIRED, value);
            boolean taken = value >= 0 && value < model.entries();
            assertThat(processor.read(Register.WIRED)).isEqualTo(taken ? value : before);
            if (taken) {
                assertThat(processor.read(Register.RANDOM)).isEqualTo(model.entries() - 1);
            }
        }

        private int largestMask() {
            return model.largestShift() - smallest >> 1;
        }

        private void write() {
            int shift = smallest + 2 * (random.nextInt(3) == 0 ? 1 + random.nextInt(largestMask()) : 0);
            long address = Models.address(model, random) & all;
            int asid = random.nextInt(3);
            boolean hide = model.hasInvalid() && random.nextInt(8) == 0;
            processor.write(Register.PAGE_MASK, (2L << shift) - 1);
            processor.write(Register.ENTRY_HI, address & -2L << smallest | asid | (hide ? 0x400 : 0));
            long[] lo = {entryLo(), entryLo()};
            processor.write(Register.ENTRY_LO0, lo[0]);
            processor.write(Register.ENTRY_LO1, lo[1]);
            manual.asid = asid;
            int index;
            boolean atRandom = random.nextBoolean();
            if (atRandom) {
                index = (int) processor.read(Register.RANDOM);
                processor.writeRandom();
                assertThat(index).isBetween((int) processor.read(Register.WIRED), model.entries() - 1);
            } else {
                index = random.nextInt(70);
                processor.write(Register.INDEX, index);
                processor.writeIndexed();
                index &= 63;
            }
            if (index < model.entries()) {
                NaiveMips.Line line = new NaiveMips.Line();
                line.hidden = hide && !atRandom;
                line.shift = shift;
                line.address = address & -2L << shift;
                line.asid = asid;
                line.global = (lo[0] & lo[1] & 1) != 0;
                fill(line, 0, lo[0]);
                fill(line, 1, lo[1]);
                manual.lines[index] = line;
            }
        }

        private long entryLo() {
            long bits = random.nextLong() & all;
            return random.nextInt(3) == 0 ? bits : bits | 6;
        }

        private void fill(NaiveMips.Line line, int half, long lo) {
            line.valid[half] = (lo & 2) != 0;
            line.dirty[half] = (lo & 4) != 0;
            line.cache[half] = (int) (lo >>> 3 & 7);
            int top = model.is64() ? 63 : 31;
            line.readInhibit[half] = (grain & 0x8000_0000L) != 0 && (lo >>> top & 1) != 0;
            line.executeInhibit[half] = (grain & 0x4000_0000L) != 0 && (lo >>> top - 1 & 1) != 0;
            long frame = (lo >>> 6 & 0xff_ffff) << smallest;
            line.frame[half] = frame & (1L << model.physicalBits()) - 1 & -1L << line.shift;
        }

        private void probe() {
            long address = Models.address(model, random) & all;
            int asid = random.nextInt(3);
            processor.write(Register.ENTRY_HI, address & -2L << smallest | asid);
            manual.asid = asid;
            processor.probe();
            int found = manual.find(address & -2L << smallest, asid);
            assertThat(processor.read(Register.INDEX)).isEqualTo(found < 0 ? 1L << 31 : found);
        }

        private void read() {
            int index = random.nextInt(model.entries());
            processor.write(Register.INDEX, index);
            processor.readIndexed();
            NaiveMips.Line line = manual.lines[index];
            if (line.hidden) {
                assertThat(processor.read(Register.ENTRY_HI)).isEqualTo(model.hasInvalid() ? 0x400 : 0);
                assertThat(processor.read(Register.ENTRY_LO0) | processor.read(Register.ENTRY_LO1)).isZero();
                assertThat(processor.read(Register.PAGE_MASK)).isZero();
                manual.asid = 0;
                return;
            }
            manual.asid = line.asid;
            long compared = model.is64() ? 3L << 62 | (1L << model.segmentBits()) - 1 : all;
            assertThat(processor.read(Register.ENTRY_HI))
                    .isEqualTo(line.address & compared & -2L << smallest | line.asid);
            assertThat(processor.read(Register.PAGE_MASK)).isEqualTo((2L << line.shift) - 1 & -2L << smallest);
            for (int half = 0; half < 2; half++) {
                long lo = processor.read(half == 0 ? Register.ENTRY_LO0 : Register.ENTRY_LO1);
                assertThat(lo & 1).isEqualTo(line.global ? 1 : 0);
                assertThat(lo & 2).isEqualTo(line.valid[half] ? 2 : 0);
                assertThat(lo & 4).isEqualTo(line.dirty[half] ? 4 : 0);
                assertThat(lo >>> 3 & 7).isEqualTo(line.cache[half]);
                assertThat(lo >>> 6 & 0xff_ffff).isEqualTo(line.frame[half] >>> smallest & 0xff_ffff);
                int top = model.is64() ? 63 : 31;
                assertThat(lo >>> 30).isEqualTo((line.readInhibit[half] && (grain & 0x8000_0000L) != 0
                        ? 1L << top - 30
                        : 0)
                        | (line.executeInhibit[half] && (grain & 0x4000_0000L) != 0 ? 1L << top - 31 : 0));
            }
        }

        private void invalidate() {
            if (!model.hasInvalid() || random.nextInt(6) != 0) {
                return;
            }
            boolean every = random.nextInt(3) == 0;
            if (every) {
                processor.invalidateAll();
            } else {
                processor.invalidate();
            }
            for (NaiveMips.Line line : manual.lines) {
                line.hidden |= every || !line.global && line.asid == manual.asid;
            }
        }

        private void access() {
            long address = Models.address(model, random);
            int needed = KINDS[random.nextInt(KINDS.length)];
            long before = processor.read(Register.CONTEXT);
            long badBefore = processor.read(Register.BAD_VADDR);
            manual.access(address, needed, manual.statusMode());
            boolean goesOn = processor.access(address, needed, 1);
            assertThat(goesOn).as("%s of %#x", Rights.text(needed), address).isEqualTo(manual.miss == Miss.NONE);
            if (goesOn) {
                assertThat(processor.physicalAddress()).isEqualTo(manual.physical);
                assertThat(processor.read(Register.BAD_VADDR)).isEqualTo(badBefore);
                return;
            }
            boolean store = needed == Rights.WRITE;
            int code = switch (manual.miss) {
                case REFILL, INVALID -> store ? 3 : 2;
                case MODIFIED -> 1;
                case PROTECTED -> needed == Rights.READ ? 19 : 20;
                default -> store ? 5 : 4;
            };
            assertThat(processor.exception().number()).isEqualTo(code);
            assertThat(processor.read(Register.CAUSE)).isEqualTo((long) code << 2);
            assertThat(processor.vector()).isEqualTo(manual.vector(address));
            assertThat(processor.read(Register.BAD_VADDR)).isEqualTo(address & all);
            assertThat(processor.read(Register.STATUS)).isEqualTo(manual.status | 2);
            manual.status |= 2;
            if (code == 4 || code == 5) {
                assertThat(processor.read(Register.CONTEXT)).isEqualTo(before);
                return;
            }
            long compared = model.is64() ? 3L << 62 | (1L << model.segmentBits()) - 1 : all;
            assertThat(processor.read(Register.ENTRY_HI))
                    .isEqualTo(address & compared & -2L << smallest | manual.asid);
            assertThat(processor.read(Register.CONTEXT) & 0x7f_ffff)
                    .isEqualTo((address & 0xffff_ffffL) >>> 13 << 4);
            if (model.is64()) {
                long pair = (address & (1L << model.segmentBits()) - 1) >>> 13;
                int bits = model.segmentBits() - 13;
                assertThat(processor.read(Register.XCONTEXT) & (1L << bits + 6) - 1)
                        .isEqualTo((address >>> 62 << bits | pair) << 4);
            }
        }
    }
}
