package org.memvirt.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.TableFrames.OutOfMemory;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;

/** What the host does to the memory of its guests: granules that go, come back, move, are shared and protected. */
final class BackingTest {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    private final HostMemory host = new HostMemory(new PhysicalMemory(4 * GIB), 2 * MIB);
    private final Told told = new Told();

    /** A VM that writes down what it is told, and what lay there then. */
    private static final class Told implements VirtualMachine {
        final List<String> changes = new ArrayList<>();

        @Override
        public void hostMappingChanged(long gpa, long bytes, HostChange change) {
            changes.add("%s %#x %#x".formatted(change, gpa, bytes));
        }

        @Override
        public VirtualCpu addCpu(VcpuServices services) {
            throw new UnsupportedOperationException("nobody runs");
        }

        @Override
        public long tableBytes() {
            return 0;
        }
    }

    private Backing backing(long size, Integer... shifts) {
        Backing backing = host.backing(size, List.of(shifts));
        backing.attach(told);
        return backing;
    }

    private void store(Backing backing, long gpa, long value) {
        host.memory().store(backing.populate(gpa, Rights.USER_WRITE), value);
    }

    private long load(Backing backing, long gpa) {
        return host.memory().load(backing.populate(gpa, Rights.USER_READ));
    }

    @Test
    void whatIsTakenAwayComesBackAsItWas() {
        Backing backing = backing(64 * MIB, 12);
        store(backing, 0x5008, 42);
        long frame = backing.find(0x5000);
        backing.evict(0x5000, 12);
        assertThat(told.changes).containsExactly("UNMAP 0x5000 0x1000");
        assertThat(backing.find(0x5008)).isEqualTo(-1);
        assertThat(backing.rights(0x5008)).isEqualTo(Rights.NONE);
        assertThat(backing.contiguousShift(0x5008)).isEqualTo(-1);
        assertThat(backing.hostBytes()).isZero();
        assertThat(host.memory().load(frame + 8)).as("what another guest would see there").isZero();
        assertThat(load(backing, 0x5008)).isEqualTo(42);
        assertThat(backing.hostBytes()).isEqualTo(4096);
        assertThat(host.audit()).isEmpty();
    }

    @Test
    void framesThatWereGivenBackAreUsedAgain() {
        HostMemory small = new HostMemory(new PhysicalMemory(8 * MIB), 2 * MIB);
        Backing one = small.backing(8 * MIB, List.of(12));
        one.attach(told);
        Backing other = small.backing(8 * MIB, List.of(12));
        for (long gpa = 0; gpa < 6 * MIB; gpa += 4096) {
            one.populate(gpa, Rights.USER_READ);
        }
        assertThatExceptionOfType(OutOfMemory.class).isThrownBy(() -> other.populate(0, Rights.USER_READ));
        one.evict(2 * MIB, 12);
        long freed = other.populate(0, Rights.USER_READ);
        assertThat(freed).isNotNegative();
        assertThatExceptionOfType(OutOfMemory.class).isThrownBy(() -> one.populate(2 * MIB, Rights.USER_READ));
        one.evict(0, 21);
        assertThat(one.populate(2 * MIB, Rights.USER_READ)).isNotNegative();
        assertThat(one.hostBytes()).isEqualTo(4 * MIB);
        assertThat(small.audit()).isEmpty();
    }

    @Test
    void aBlockThatIsAllGoneIsReservedAnew() {
        Backing backing = backing(64 * MIB, 12);
        store(backing, 0x5000, 5);
        store(backing, 0x6000, 6);
        backing.evict(0, 21);
        assertThat(host.audit()).isEmpty();
        assertThat(load(backing, 0x6000)).isEqualTo(6);
        assertThat(load(backing, 0x5000)).isEqualTo(5);
        assertThat(backing.find(0x6000)).isEqualTo(backing.find(0x5000) + 0x1000);
    }

    @Test
    void whatMovesLiesElsewhereInOnePiece() {
        Backing backing = backing(64 * MIB, 12);
        for (long gpa = 0; gpa < 4 * MIB; gpa += 4096) {
            store(backing, gpa, gpa + 1);
        }
        backing.move(0x7000, 12);
        assertThat(backing.contiguousShift(0x7000)).isEqualTo(12);
        assertThat(backing.contiguousShift(0x6000)).isEqualTo(12);
        assertThat(backing.contiguousShift(0x5000)).isEqualTo(13);
        assertThat(backing.contiguousShift(0x8000)).isEqualTo(15);
        assertThat(backing.contiguousShift(2 * MIB)).isEqualTo(21);
        long before = backing.find(0);
        backing.move(0, 21);
        assertThat(backing.find(0)).isNotEqualTo(before);
        assertThat(backing.contiguousShift(0x7000)).isGreaterThanOrEqualTo(21);
        for (long gpa = 0; gpa < 4 * MIB; gpa += 4096) {
            assertThat(load(backing, gpa)).isEqualTo(gpa + 1);
        }
        assertThat(told.changes).containsExactly("REMAP 0x7000 0x1000", "REMAP 0x0 0x200000");
        assertThat(backing.hostBytes()).isEqualTo(4 * MIB);
        assertThat(host.audit()).isEmpty();
    }

    @Test
    void aStoreToSharedMemoryGetsACopy() {
        Backing one = backing(64 * MIB, 12);
        Backing other = backing(64 * MIB, 12);
        store(one, 0x5008, 7);
        store(other, 0x9008, 7);
        store(other, 0xa008, 7);
        one.share(0x5000, 12, other, 0x9000);
        other.share(0xa000, 12, other, 0x9000);
        assertThat(told.changes)
                .containsExactly("PROTECT 0x9000 0x1000", "REMAP 0x5000 0x1000", "PROTECT 0x9000 0x1000",
                        "REMAP 0xa000 0x1000");
        assertThat(one.find(0x5000)).isEqualTo(other.find(0x9000)).isEqualTo(other.find(0xa000));
        assertThat(one.rights(0x5000)).isEqualTo(Rights.ALL & ~Rights.WRITE);
        assertThat(other.rights(0x9000)).isEqualTo(Rights.ALL & ~Rights.WRITE);
        assertThat(host.sharedBytes()).isEqualTo(4096);
        assertThat(one.hostBytes() + other.hostBytes()).isZero();

        told.changes.clear();
        store(one, 0x5008, 8);
        store(other, 0x9008, 9);
        assertThat(told.changes).containsExactly("REMAP 0x5000 0x1000", "REMAP 0x9000 0x1000");
        long last = other.find(0xa000);
        store(other, 0xa010, 10);
        assertThat(other.find(0xa000)).as("the last one needs no copy").isEqualTo(last);
        assertThat(told.changes).hasSize(2);
        assertThat(load(one, 0x5008)).isEqualTo(8);
        assertThat(load(other, 0x9008)).isEqualTo(9);
        assertThat(load(other, 0xa008)).isEqualTo(7);
        assertThat(host.sharedBytes()).isZero();
        assertThat(one.hostBytes() + other.hostBytes()).isEqualTo(3 * 4096);
        assertThat(host.audit()).isEmpty();
    }

    @Test
    void onlyEqualMemoryIsShared() {
        Backing backing = backing(64 * MIB, 12);
        store(backing, 0x5008, 7);
        store(backing, 0x9008, 8);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> backing.share(0x5000, 12, backing, 0x9000))
                .withMessageContaining("0x5000")
                .withMessageContaining("0x9000");
        assertThatIllegalArgumentException().isThrownBy(() -> backing.share(0x5000, 12, backing, 0xa000));
        assertThat(told.changes).isEmpty();
    }

    @Test
    void aStoreToProtectedMemoryIsNoticedAndOneToReadOnlyMemoryRefused() {
        Backing backing = backing(64 * MIB, 12);
        store(backing, 0x5000, 1);
        store(backing, 0x6000, 2);
        backing.protect(0x4000, 14);
        assertThat(told.changes).containsExactly("PROTECT 0x4000 0x4000");
        assertThat(backing.rights(0x5000)).isEqualTo(Rights.ALL & ~Rights.WRITE);
        assertThat(load(backing, 0x5000)).isEqualTo(1);
        assertThat(backing.isProtected(0x5000)).isTrue();
        store(backing, 0x5000, 3);
        assertThat(backing.isProtected(0x5000)).isFalse();
        assertThat(backing.isProtected(0x6000)).isTrue();
        assertThat(backing.rights(0x5000)).isEqualTo(Rights.ALL);

        backing.makeReadOnly(0x6000, 13);
        assertThat(backing.populate(0x6000, Rights.SUPERVISOR_WRITE)).isEqualTo(-1);
        assertThat(backing.populate(0x7000, Rights.USER_WRITE)).isEqualTo(-1);
        backing.evict(0x6000, 13);
        assertThat(backing.populate(0x6000, Rights.SUPERVISOR_WRITE)).isEqualTo(-1);
        assertThat(load(backing, 0x6000)).isEqualTo(2);
        assertThat(backing.populate(0x6000, Rights.SUPERVISOR_WRITE)).isEqualTo(-1);
        assertThat(host.audit()).isEmpty();
    }

    @Test
    void ofWhatIsNotThereNobodyIsTold() {
        Backing backing = backing(64 * MIB, 12, 21);
        backing.evict(0, 25);
        backing.move(0, 25);
        backing.protect(0, 25);
        backing.age(0, 25);
        assertThat(told.changes).isEmpty();
        backing.populate(3 * MIB, Rights.USER_READ);
        backing.age(0, 25);
        assertThat(told.changes).containsExactly("AGE 0x0 0x2000000");
    }

    @Test
    void aChangeThatTheVmRefusesIsNotMade() {
        Backing backing = host.backing(64 * MIB, List.of(12));
        store(backing, 0x5000, 1);
        long frame = backing.find(0x5000);
        assertThatIllegalStateException().isThrownBy(() -> backing.evict(0x5000, 12));
        backing.attach(new VirtualMachine() {
            @Override
            public VirtualCpu addCpu(VcpuServices services) {
                throw new UnsupportedOperationException("nobody runs");
            }

            @Override
            public long tableBytes() {
                return 0;
            }
        });
        for (Runnable change : List.<Runnable>of(
                () -> backing.evict(0x5000, 12), () -> backing.move(0x5000, 12), () -> backing.protect(0x5000, 12),
                () -> backing.age(0x5000, 12))) {
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(change::run);
        }
        assertThat(backing.find(0x5000)).isEqualTo(frame);
        assertThat(backing.rights(0x5000)).isEqualTo(Rights.ALL);
        assertThat(host.audit()).isEmpty();
    }

    @Test
    void onlyWholeGranulesChange() {
        Backing backing = backing(64 * MIB, 16);
        for (long[] piece : new long[][] {{0, 12}, {0x8000, 16}, {64 * MIB, 16}, {-(1L << 16), 16}, {0, 27}}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> backing.evict(piece[0], (int) piece[1]))
                    .withMessageContaining("granules of 64K");
        }
    }

    @Test
    void aLargeGuestCostsWhatItTouches() {
        long before = used();
        Backing backing = new HostMemory(new PhysicalMemory(1L << 41), 2 * MIB).backing(1L << 40, List.of(12));
        backing.attach(told);
        for (long gpa = 0; gpa < 1L << 40; gpa += 1L << 31) {
            backing.populate(gpa, Rights.USER_READ);
            backing.move(gpa, 12);
        }
        assertThat(backing.hostBytes()).isEqualTo(512 * 4096);
        // The host's own table of 2 TiB in blocks takes 4 MiB of it.
        assertThat(used() - before).isLessThan(48 * MIB);
        assertThat(backing.find(0)).isNotNegative();
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** A guest's memory as maps: the value of each granule's first word, and which the host has said must not be written. */
    private static final class Model {
        final Map<Long, Long> values = new HashMap<>();
        final Map<Long, Boolean> isProtected = new HashMap<>();
    }

    @ParameterizedTest(name = "granules of 2^{0} in pieces of 2^{1}, seed {2}")
    @CsvSource({"12,12,1", "12,12,2", "12,21,3", "12,22,4", "14,14,5", "14,25,6", "16,16,7", "16,21,8", "21,21,9",
        "22,23,10",
        "12,16,11"
    })
    void aRandomHistoryLeavesTheGuestsValuesAlone(int granule, int piece, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long size = 48L << Math.max(granule, 16);
        List<Backing> guests = new ArrayList<>();
        List<Model> models = new ArrayList<>();
        for (int guest = 0; guest < 2; guest++) {
            guests.add(backing(size, granule == piece ? new Integer[] {granule} : new Integer[] {granule, piece}));
            models.add(new Model());
        }
        for (int step = 0; step < 1500; step++) {
            int guest = random.nextInt(2);
            Backing backing = guests.get(guest);
            Model model = models.get(guest);
            long gpa = random.nextLong(random.nextBoolean() ? 8 : size >>> granule) << granule;
            int shift = granule + random.nextInt(4);
            long start = gpa & -1L << shift;
            switch (random.nextInt(8)) {
                case 0 -> backing.evict(start, shift);
                case 1 -> backing.move(start, shift);
                case 2 -> {
                    backing.protect(gpa, granule);
                    // What is not there stays as it was when it went.
                    if (backing.find(gpa) >= 0) {
                        model.isProtected.put(gpa, true);
                    }
                }
                case 3 -> share(backing, model, gpa, guests.get(1 - guest), models.get(1 - guest), granule);
                case 4, 5 -> {
                    long value = random.nextLong(4);
                    store(backing, gpa, value);
                    model.values.put(gpa, value);
                    model.isProtected.remove(gpa);
                }
                default -> assertThat(load(backing, gpa)).isEqualTo(model.values.getOrDefault(gpa, 0L));
            }
            assertThat(backing.isProtected(gpa)).isEqualTo(model.isProtected.getOrDefault(gpa, false));
            if (step % 50 == 0) {
                assertThat(host.audit()).as("after step %d", step).isEmpty();
                check(guests, models, granule);
            }
        }
        guests.forEach(backing -> {
            for (long gpa = 0; gpa < size; gpa += 1L << granule) {
                backing.evict(gpa, granule);
            }
        });
        assertThat(host.sharedBytes()).isZero();
        assertThat(guests.get(0).hostBytes() + guests.get(1).hostBytes()).isZero();
        assertThat(host.audit()).isEmpty();
    }

    /** Shares a granule with the first of the other guest's that holds the same. */
    private static void share(
            Backing backing, Model model, long gpa, Backing other, Model otherModel, int granule) {
        for (long candidate = 0; candidate < 8L << granule; candidate += 1L << granule) {
            boolean equal =
                    model.values.getOrDefault(gpa, 0L).equals(otherModel.values.getOrDefault(candidate, 0L));
            if (equal && backing.find(gpa) >= 0 && other.find(candidate) >= 0) {
                backing.share(gpa, granule, other, candidate);
                assertThat(backing.find(gpa)).isEqualTo(other.find(candidate));
                return;
            }
        }
    }

    private void check(List<Backing> guests, List<Model> models, int granule) {
        for (int guest = 0; guest < 2; guest++) {
            Backing backing = guests.get(guest);
            for (long gpa = 0; gpa < backing.size(); gpa += 1L << granule) {
                long address = backing.find(gpa);
                if (address >= 0) {
                    assertThat(host.memory().load(address))
                            .isEqualTo(models.get(guest).values.getOrDefault(gpa, 0L));
                    checkPiece(backing, gpa, granule);
                }
            }
        }
    }

    /** The piece that is said to be contiguous is, and the next larger one is not. */
    private static void checkPiece(Backing backing, long gpa, int granule) {
        int shift = backing.contiguousShift(gpa);
        assertThat(isPiece(backing, gpa, shift, granule)).isTrue();
        assertThat(isPiece(backing, gpa, shift + 1, granule)).isFalse();
    }

    private static boolean isPiece(Backing backing, long gpa, int shift, int granule) {
        long first = gpa & -1L << shift;
        long address = backing.find(first);
        boolean one = address >= 0 && (address & (1L << shift) - 1) == 0 && first + (1L << shift) <= backing.size();
        for (long at = 0; one && at < 1L << shift; at += 1L << granule) {
            one = backing.find(first + at) == address + at && backing.rights(first + at) == backing.rights(first);
        }
        return one;
    }
}
