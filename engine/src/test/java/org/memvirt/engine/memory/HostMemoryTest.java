package org.memvirt.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.TableFrames.OutOfMemory;

final class HostMemoryTest {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    private static HostMemory host(long bytes) {
        return new HostMemory(new PhysicalMemory(bytes), 2 * MIB);
    }

    /** Pieces of one size from the start, and of less at the end: what the tables of x86 have. */
    private static Backing backing(HostMemory host, long size, int shift) {
        return host.backing(
                size, Stream.of(12, 21, 30, shift).filter(piece -> piece <= shift).distinct().toList());
    }

    @ParameterizedTest(name = "pieces of 2^{0}")
    @ValueSource(ints = {12, 14, 16, 20, 21, 25, 29, 30})
    void everyAddressHasItsOwnPlaceWhichStays(int shift) {
        HostMemory host = host(64 * GIB);
        Backing one = backing(host, 6 * GIB, shift);
        Backing other = backing(host, 6 * GIB, shift);
        SplittableRandom random = new SplittableRandom(shift);
        Map<Long, String> owner = new HashMap<>();
        Map<String, Long> place = new HashMap<>();
        for (int i = 0; i < 2000; i++) {
            boolean first = random.nextBoolean();
            long gpa = random.nextLong(6 * GIB);
            String name = first + " " + (gpa >>> 12);
            Backing backing = first ? one : other;
            long found = backing.find(gpa);
            long hostAddress = backing.populate(gpa, Rights.USER_READ);
            assertThat(hostAddress & 4095).isEqualTo(gpa & 4095);
            assertThat(hostAddress).isBetween(2 * MIB, 64 * GIB - 1);
            assertThat(found).isIn(-1L, hostAddress);
            assertThat(backing.find(gpa)).isEqualTo(hostAddress);
            assertThat(owner.merge(hostAddress >>> 12, name, (old, same) -> old)).isEqualTo(name);
            assertThat(place.merge(name, hostAddress >>> 12, (old, same) -> old)).isEqualTo(hostAddress >>> 12);
            int page = backing.contiguousShift(gpa);
            assertThat(page).isGreaterThanOrEqualTo(shift);
            assertThat((hostAddress ^ gpa) & (1L << page) - 1).as("a page of 2^%d is aligned", page).isZero();
            assertThat(backing.find(gpa | (1L << page) - 1)).isEqualTo(hostAddress | (1L << page) - 1);
        }
        assertThat(host.audit()).isEmpty();
    }

    @Test
    void inSmallPiecesOnlyWhatWasAskedForIsBacked() {
        Backing backing = backing(host(GIB), 64 * MIB, 12);
        backing.populate(0x5123, Rights.USER_READ);
        assertThat(backing.find(0x5000)).isNotNegative();
        assertThat(backing.find(0x4fff)).isEqualTo(-1);
        assertThat(backing.find(0x6000)).isEqualTo(-1);
        assertThat(backing.hostBytes()).isEqualTo(4096);
    }

    @Test
    void neighboursInTheGuestAreNeighboursInTheHost() {
        Backing backing = backing(host(GIB), 64 * MIB, 12);
        long first = backing.populate(0x5000, Rights.USER_READ);
        backing.populate(32 * MIB, Rights.USER_READ);
        assertThat(backing.populate(0x6000, Rights.USER_READ)).isEqualTo(first + 0x1000);
    }

    @Test
    void atTheEndOfTheGuestPiecesAreSmaller() {
        Backing backing = backing(host(8 * GIB), GIB + 3 * MIB, 30);
        long last = GIB + 3 * MIB - 4096;
        assertThat(backing.populate(last, Rights.USER_READ)).isNotNegative();
        assertThat(backing.find(GIB + 3 * MIB)).isEqualTo(-1);
        assertThat(backing.hostBytes()).isEqualTo(4096);
        backing.populate(GIB, Rights.USER_READ);
        assertThat(backing.hostBytes()).isEqualTo(2 * MIB + 4096);
        backing.populate(0, Rights.USER_READ);
        assertThat(backing.hostBytes()).isEqualTo(GIB + 2 * MIB + 4096);
    }

    @Test
    void whatTheGuestDoesNotHaveIsNotBacked() {
        Backing backing = backing(host(GIB), 64 * MIB, 12);
        assertThat(backing.find(64 * MIB)).isEqualTo(-1);
        assertThat(backing.find(-1)).isEqualTo(-1);
        assertThatIllegalArgumentException().isThrownBy(() -> backing.populate(64 * MIB, Rights.USER_READ));
        assertThatIllegalArgumentException().isThrownBy(() -> backing.populate(-4096, Rights.USER_READ));
    }

    @Test
    void granulesAreFramesOrLargerAndDivideTheMemory() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> host(GIB).backing(64 * MIB, List.of(11)))
                .withMessageContaining("pieces of 4K and more, not 2K");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> host(GIB).backing(64 * MIB + 4096, List.of(14, 21)))
                .withMessageContaining("16K");
    }

    @Test
    void aHostThatIsFullSaysSo() {
        Backing backing = backing(host(8 * MIB), 64 * MIB, 21);
        for (int block = 0; block < 3; block++) {
            backing.populate(block * 2 * MIB, Rights.USER_READ);
        }
        assertThatExceptionOfType(OutOfMemory.class).isThrownBy(() -> backing.populate(6 * MIB, Rights.USER_READ));
    }

    @Test
    void aContiguousReserveBacksEverything() {
        for (int shift : new int[] {12, 21, 30}) {
            Backing backing = backing(host(16 * GIB), 2 * GIB + 5 * MIB, shift);
            long base = backing.reserveContiguous();
            assertThat(base & GIB - 1).isZero();
            assertThat(backing.find(2 * GIB + 4 * MIB + 12345)).isEqualTo(base + 2 * GIB + 4 * MIB + 12345);
            assertThat(backing.populate(77 * MIB, Rights.USER_READ)).isEqualTo(base + 77 * MIB);
            assertThat(backing.hostBytes()).isEqualTo(2 * GIB + 5 * MIB);
        }
        assertThat(backing(host(GIB), 2 * GIB, 12).reserveContiguous()).isEqualTo(-1);
    }

    @Test
    void theVmmsTablesAreClearedCountedAndRememberedAtTheirMost() {
        HostMemory host = host(GIB);
        var tables = host.vmmTables();
        long table = tables.allocate(4096);
        host.memory().store(table + 8, 42);
        long other = tables.allocate(16384);
        assertThat(other & 16383).isZero();
        assertThat(tables.bytes()).isEqualTo(20480);
        tables.release(other, 16384);
        tables.release(table, 4096);
        assertThat(tables.bytes()).isZero();
        assertThat(tables.peak()).isEqualTo(20480);
        assertThat(host.memory().load(tables.allocate(4096) + 8)).isZero();
    }

    @Test
    void aGuestSeesNothingOfATableThatWasThere() {
        PhysicalMemory memory = new PhysicalMemory(16 * MIB);
        HostMemory host = new HostMemory(memory, 2 * MIB);
        var tables = host.vmmTables();
        long table = tables.allocate(4096);
        memory.store(table, 0x302001);
        tables.release(table, 4096);
        Backing guest = backing(host, 14 * MIB, 12);
        boolean reused = false;
        for (long gpa = 0; gpa < 14 * MIB; gpa += 4096) {
            long frame = guest.populate(gpa, Rights.USER_READ);
            reused |= frame == table;
            assertThat(memory.load(frame)).isZero();
        }
        assertThat(reused).isTrue();
    }

    @Test
    void aTableLiesInClearMemory() {
        PhysicalMemory memory = new PhysicalMemory(4 * MIB);
        HostMemory host = new HostMemory(memory, 2 * MIB);
        Backing guest = backing(host, 2 * MIB, 12);
        for (long gpa = 0; gpa < 2 * MIB; gpa += 4096) {
            memory.store(guest.populate(gpa, Rights.USER_WRITE), -1);
        }
        host.release(guest);
        assertThat(memory.load(host.vmmTables().allocate(4096))).isZero();
    }
}
