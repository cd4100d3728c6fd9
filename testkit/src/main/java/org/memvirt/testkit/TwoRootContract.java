package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.format.CountedFrames;
import org.memvirt.testkit.format.FormatUnderTest;
import org.memvirt.testkit.trial.Seeds;

/** What a format with two roots owes beyond what each half does, which {@link PageTableFormatContract} tells. */
public abstract class TwoRootContract {
    /** The format to test; the same at every call. */
    protected abstract PageTableFormat format();

    @Test
    void thereAreTwoRootsAndEachHalfHasOne() {
        assertThat(format().roots()).isEqualTo(2);
        for (int number = 0; number < 2; number++) {
            PageTableFormat half = format().ofRoot(number);
            assertThat(half).isSameAs(format().ofRoot(number));
            assertThat(half.roots()).isEqualTo(1);
            assertThat(half.ofRoot(0)).isSameAs(half);
        }
    }

    @Test
    void theKernelsAddressesAreTheUpperHalf() {
        long base = format().kernelBase();
        assertThat(base).isNegative();
        assertThat(format().rootOf(base)).isOne();
        assertThat(format().rootOf(-1)).isOne();
        assertThat(format().inRange(base)).isTrue();
        assertThat(format().inRange(-1)).isTrue();
        assertThat(format().inRange(base - 1)).isFalse();
        long end = 1L << format().ofRoot(0).inputBits();
        assertThat(format().rootOf(0)).isZero();
        assertThat(format().rootOf(end - 1)).isZero();
        assertThat(format().inRange(0)).isTrue();
        assertThat(format().inRange(end - 1)).isTrue();
        assertThat(format().inRange(end)).isFalse();
    }

    @Test
    void eachAddressIsTranslatedByTheTablesOfItsHalf() {
        Seeds.rounds(10, random -> {
            PhysicalMemory memory = new PhysicalMemory(1L << 30);
            CountedFrames frames = new CountedFrames(memory, 1L << 16);
            List<PageTable> tables = new ArrayList<>();
            List<Long> addresses = new ArrayList<>();
            for (int number = 0; number < 2; number++) {
                PageTableFormat half = format().ofRoot(number);
                PageTable table = half.create(memory, frames);
                tables.add(table);
                for (int page = 0; page < 30; page++) {
                    int shift = half.pageShifts().getFirst();
                    long address = randomAddress(random, number) & -1L << shift;
                    try {
                        table.map(
                                address,
                                random.nextLong(1L << half.outputBits() - shift) << shift,
                                shift,
                                Rights.ALL,
                                FormatUnderTest.attributesOfUse(half));
                    } catch (MappingConflict taken) {
                        continue;
                    }
                    addresses.add(address + random.nextLong(1L << shift));
                }
            }
            Walk walk = Walk.outer();
            for (long address : addresses) {
                PageTable table = tables.get(format().rootOf(address));
                Mapping mapping = table.find(address);
                assertThat(mapping).as("%#x", address).isNotNull();
                walk.start(table.root(), address, Rights.SUPERVISOR_READ);
                format().walk(walk, new HostPort(memory));
                assertThat(walk.succeeded()).as("%s", walk).isTrue();
                assertThat(walk.outputAddress).isEqualTo(mapping.translate(address));
            }
        });
    }

    private long randomAddress(SplittableRandom random, int number) {
        long offset = random.nextLong(1L << format().ofRoot(number).inputBits());
        return number == 0 ? offset : format().kernelBase() + offset;
    }

    @Test
    void anAddressBetweenTheHalvesMakesNoReference() {
        Walk walk = Walk.outer();
        for (long address : new long[] {1L << format().ofRoot(0).inputBits(), format().kernelBase() - 1}) {
            walk.start(0, address, Rights.SUPERVISOR_READ);
            format().walk(walk, new HostPort(new PhysicalMemory(1L << 20)));
            assertThat(walk.fault).as("%#x", address).isEqualTo(Fault.ADDRESS_SIZE);
            assertThat(walk.trail.length()).isZero();
        }
    }

    @Test
    void tablesOfBothRootsAtOnceAreRefused() {
        PhysicalMemory memory = new PhysicalMemory(1L << 20);
        CountedFrames frames = new CountedFrames(memory, 1L << 16);
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> format().create(memory, frames))
                .withMessageContaining("ofRoot(1)");
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> format().open(memory, frames, 0));
    }
}
