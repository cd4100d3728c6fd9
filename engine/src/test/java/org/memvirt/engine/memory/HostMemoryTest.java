package org.memvirt.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.table.TableFrames.OutOfMemory;

final class HostMemoryTest {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    private static HostMemory host(long bytes) {
        return new HostMemory(new PhysicalMemory(bytes), 2 * MIB);
    }

    @ParameterizedTest(name = "pieces of 2^{0}")
    @ValueSource(ints = {12, 21, 30})
    void everyAddressHasItsOwnPlaceWhichStays(int shift) {
        HostMemory host = host(64 * GIB);
        var one = host.backing(6 * GIB, shift);
        var other = host.backing(6 * GIB, shift);
        SplittableRandom random = new SplittableRandom(shift);
        Map<Long, String> owner = new HashMap<>();
        Map<String, Long> place = new HashMap<>();
        for (int i = 0; i < 2000; i++) {
            boolean first = random.nextBoolean();
            long gpa = random.nextLong(6 * GIB);
            String name = first + " " + (gpa >>> 12);
            var backing = first ? one : other;
            long found = backing.find(gpa);
            long hostAddress = backing.back(gpa);
            assertThat(hostAddress & 4095).isEqualTo(gpa & 4095);
            assertThat(hostAddress).isBetween(2 * MIB, 64 * GIB - 1);
            assertThat(found).isIn(-1L, hostAddress);
            assertThat(backing.find(gpa)).isEqualTo(hostAddress);
            assertThat(owner.merge(hostAddress >>> 12, name, (old, same) -> old)).isEqualTo(name);
            assertThat(place.merge(name, hostAddress >>> 12, (old, same) -> old)).isEqualTo(hostAddress >>> 12);
            int page = backing.pageShift(gpa);
            assertThat((hostAddress ^ gpa) & (1L << page) - 1).as("a page of 2^%d is aligned", page).isZero();
            assertThat(backing.find(gpa | (1L << page) - 1)).isEqualTo(hostAddress | (1L << page) - 1);
        }
    }

    @Test
    void inSmallPiecesOnlyWhatWasAskedForIsBacked() {
        var backing = host(GIB).backing(64 * MIB, 12);
        backing.back(0x5123);
        assertThat(backing.find(0x5000)).isNotNegative();
        assertThat(backing.find(0x4fff)).isEqualTo(-1);
        assertThat(backing.find(0x6000)).isEqualTo(-1);
        assertThat(backing.hostBytes()).isEqualTo(4096);
    }

    @Test
    void neighboursInTheGuestAreNeighboursInTheHost() {
        var backing = host(GIB).backing(64 * MIB, 12);
        long first = backing.back(0x5000);
        backing.back(32 * MIB);
        assertThat(backing.back(0x6000)).isEqualTo(first + 0x1000);
    }

    @Test
    void atTheEndOfTheGuestPiecesAreSmaller() {
        var backing = host(8 * GIB).backing(GIB + 3 * MIB, 30);
        assertThat(backing.pageShift(0)).isEqualTo(30);
        assertThat(backing.pageShift(GIB)).isEqualTo(21);
        assertThat(backing.pageShift(GIB + 2 * MIB)).isEqualTo(12);
        long last = GIB + 3 * MIB - 4096;
        assertThat(backing.back(last)).isNotNegative();
        assertThat(backing.find(GIB + 3 * MIB)).isEqualTo(-1);
        assertThat(backing.hostBytes()).isEqualTo(4096);
    }

    @Test
    void whatTheGuestDoesNotHaveIsNotBacked() {
        var backing = host(GIB).backing(64 * MIB, 12);
        assertThat(backing.find(64 * MIB)).isEqualTo(-1);
        assertThat(backing.find(-1)).isEqualTo(-1);
        assertThatIllegalArgumentException().isThrownBy(() -> backing.back(64 * MIB));
        assertThatIllegalArgumentException().isThrownBy(() -> backing.back(-4096));
        assertThatIllegalArgumentException().isThrownBy(() -> host(GIB).backing(64 * MIB, 13));
    }

    @Test
    void aHostThatIsFullSaysSo() {
        var backing = host(8 * MIB).backing(64 * MIB, 21);
        for (int block = 0; block < 3; block++) {
            backing.back(block * 2 * MIB);
        }
        assertThatExceptionOfType(OutOfMemory.class).isThrownBy(() -> backing.back(6 * MIB));
    }

    @Test
    void aContiguousReserveBacksEverything() {
        for (int shift : new int[] {12, 21, 30}) {
            var backing = host(16 * GIB).backing(2 * GIB + 5 * MIB, shift);
            long base = backing.reserveContiguous();
            assertThat(base & GIB - 1).isZero();
            assertThat(backing.find(2 * GIB + 4 * MIB + 12345)).isEqualTo(base + 2 * GIB + 4 * MIB + 12345);
            assertThat(backing.back(77 * MIB)).isEqualTo(base + 77 * MIB);
            assertThat(backing.hostBytes()).isEqualTo(2 * GIB + 5 * MIB);
        }
        assertThat(host(GIB).backing(2 * GIB, 12).reserveContiguous()).isEqualTo(-1);
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
}
