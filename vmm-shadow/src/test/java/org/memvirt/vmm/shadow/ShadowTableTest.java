package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.testkit.machine.AssembledMachine;

/** What a shadow answers of ranges of addresses, whether its pages are its own or linked. */
final class ShadowTableTest {
    private static final long VA = 1L << 39;
    private static final long SPAN = 64L << 20;
    private static final int LARGE = 21;

    private final SplittableRandom random = new SplittableRandom(11);
    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    /** A guest with small pages, large ones and large ones of which the shadow has parts, all touched. */
    private List<ShadowEntry> start(String sharing) {
        guest = new ScriptedGuest(
                new AssembledMachine(X86.format("x86-64"), new Shadowing(Map.of("sharing", sharing)))
                        .guestMemory(ScriptedGuest.BYTES)
                        .hostPages(LARGE));
        guest.table.map(VA, FREE, LARGE, Rights.ALL, 0);
        guest.reach(VA, Rights.USER_READ);
        guest.table.map(VA + (8L << LARGE), FREE + (2L << LARGE), LARGE, Rights.ALL, 0);
        // A table of the guest's lies in the first page, so it is shadowed by small ones.
        long inside = guest.leafOf(VA) & -1L << LARGE;
        guest.table.map(VA + (4L << LARGE), inside, LARGE, Rights.ALL, 0);
        for (int page : new int[] {0, 1, 9, 200, 511}) {
            guest.reach(VA + (4L << LARGE) + page * PAGE, Rights.USER_READ);
        }
        guest.reach(VA + (8L << LARGE), Rights.USER_READ);
        for (int i = 0; i < 24; i++) {
            long address = VA + (16L << LARGE) + random.nextLong(SPAN / 8) & -PAGE;
            if (guest.shadow().at(address) == null) {
                guest.map(address, FREE + (4L << LARGE) + i * PAGE);
                guest.reach(address, Rights.USER_READ);
            }
        }
        List<ShadowEntry> all = new ArrayList<>();
        guest.shadow().forEach(all::add);
        assertThat(all).hasSizeGreaterThan(25).anyMatch(ShadowEntry::isSplintered)
                .anyMatch(each -> each.shift == LARGE);
        assertThat(guest.vm.audit()).isEmpty();
        return all;
    }

    private static Predicate<ShadowEntry> overlaps(long first, long last) {
        return entry -> entry.address <= last && first <= entry.lastAddress();
    }

    /** A range that begins and ends at or beside the bounds of entries, or anywhere. */
    private long[] range(List<ShadowEntry> all) {
        ShadowEntry one = all.get(random.nextInt(all.size()));
        long first = random.nextBoolean() ? one.address + random.nextInt(3) - 1 : VA + random.nextLong(SPAN);
        long bytes = random.nextBoolean() ? 1 + random.nextInt(2 * (int) PAGE) : 1 + random.nextLong(SPAN);
        return new long[] {first, first + bytes - 1};
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "on"})
    void itFindsWhatALookThroughAllFinds(String sharing) {
        List<ShadowEntry> all = start(sharing);
        assertThat(guest.shadow().count()).isEqualTo(all.size());
        for (int round = 0; round < 2000; round++) {
            long[] range = range(all);
            List<ShadowEntry> found = new ArrayList<>();
            guest.shadow().forEach(range[0], range[1], found::add);
            List<ShadowEntry> there = all.stream().filter(overlaps(range[0], range[1])).toList();
            assertThat(found).containsExactlyInAnyOrderElementsOf(there);
            assertThat(guest.shadow().at(range[0]))
                    .isEqualTo(all.stream().filter(overlaps(range[0], range[0])).findFirst().orElse(null));
        }
        List<ShadowEntry> nothing = new ArrayList<>();
        guest.shadow().forEach(all.getFirst().address, all.getFirst().address - 1, nothing::add);
        assertThat(nothing).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "on"})
    void anInvalidationMeansTheOtherPartsOfThePageToo(String sharing) {
        List<ShadowEntry> all = start(sharing);
        for (int round = 0; round < 2000; round++) {
            long[] range = range(all);
            assertThat(guest.shadow().meantBy(range[0], range[1] - range[0] + 1))
                    .containsExactlyInAnyOrderElementsOf(all.stream().filter(entry -> {
                        long page = entry.address & -1L << entry.guestShift;
                        return overlaps(range[0], range[1]).test(entry)
                                || page <= range[1] && range[0] <= page + (1L << entry.guestShift) - 1;
                    }).toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "on"})
    void aPieceIsFreeIfNothingIsMappedThere(String sharing) {
        List<ShadowEntry> all = start(sharing);
        for (int shift : new int[] {12, LARGE, 30}) {
            for (int round = 0; round < 500; round++) {
                long first = range(all)[0] & -1L << shift;
                long last = first | ~(-1L << shift);
                assertThat(guest.shadow().isFree(first, last)).as("%#x, 2^%d", first, shift)
                        .isEqualTo(all.stream().noneMatch(overlaps(first, last)));
            }
        }
    }
}
