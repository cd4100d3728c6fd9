package org.memvirt.vmm.shadow.tlb;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.tlb.SoftwareTlb.Entry;

/** What a larger TLB keeps of the guest's, and what it loses when. */
final class LargerTlbTest {
    private static final long PAGE = 4096;
    private static final int TAG = 3;

    private static Entry entry(long address, int shift, int tag, boolean global) {
        Entry entry = new Entry();
        entry.present = true;
        entry.address = address;
        entry.pageShift = shift;
        entry.tag = tag;
        entry.global = global;
        entry.even.valid = true;
        entry.even.output = address + (1L << 40);
        return entry;
    }

    private static Entry page(long number) {
        return entry(number * PAGE, 12, TAG, false);
    }

    private static Entry pair(long number) {
        return entry(number * 2 * PAGE, 12, TAG, false);
    }

    @Test
    void withoutEntriesItKeepsNothing() {
        LargerTlb none = new LargerTlb(0, true);
        assertThat(none.put(pair(1))).isFalse();
        assertThat(none.count()).isZero();
        assertThat(none.matching(2 * PAGE, TAG)).isNull();
    }

    @Test
    void whatItKeepsItKeepsWhole() {
        LargerTlb tlb = new LargerTlb(16, true);
        Entry kept = pair(5);
        kept.odd.valid = true;
        kept.odd.output = 123 * PAGE;
        assertThat(tlb.put(kept)).isTrue();
        assertThat(tlb.count()).isEqualTo(1);
        assertThat(tlb.displaced().present).isFalse();
        for (long address : new long[] {10 * PAGE, 11 * PAGE, 12 * PAGE - 1}) {
            assertThat(tlb.matching(address, TAG)).usingRecursiveComparison().isEqualTo(kept);
        }
        assertThat(tlb.matching(10 * PAGE - 1, TAG)).isNull();
        assertThat(tlb.matching(12 * PAGE, TAG)).isNull();
        assertThat(tlb.matching(10 * PAGE, TAG + 1)).as("in another address space").isNull();
    }

    @Test
    void globalEntriesMatchUnderEveryTag() {
        LargerTlb tlb = new LargerTlb(16, false);
        tlb.put(entry(7 * PAGE, 12, TAG, true));
        assertThat(tlb.matching(7 * PAGE, TAG + 1)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void asManyNeighboursAsItHasEntriesAllFit(boolean pairs) {
        LargerTlb tlb = new LargerTlb(64, pairs);
        for (int number = 0; number < 64; number++) {
            tlb.put(pairs ? pair(number) : page(number));
            assertThat(tlb.displaced().present).isFalse();
        }
        assertThat(tlb.count()).isEqualTo(64);
        for (int number = 0; number < 64; number++) {
            assertThat(tlb.matching(number * (pairs ? 2 : 1) * PAGE, TAG)).isNotNull();
        }
    }

    /** The same place in each of many arrays whose size is a power of two. */
    @Test
    void pagesThatLieAPowerOfTwoApartDoNotAllMeet() {
        LargerTlb tlb = new LargerTlb(64, true);
        for (int number = 0; number < 64; number++) {
            tlb.put(pair(1024L * number));
        }
        assertThat(tlb.count()).isEqualTo(64);
    }

    @Test
    void inASetOfFourTheOldestGoes() {
        LargerTlb tlb = new LargerTlb(4, true);
        for (int number = 0; number < 4; number++) {
            tlb.put(pair(number));
        }
        for (int number = 4; number < 10; number++) {
            tlb.put(pair(number));
            assertThat(tlb.displaced()).usingRecursiveComparison().isEqualTo(pair(number - 4));
            assertThat(tlb.matching((number - 4) * 2 * PAGE, TAG)).isNull();
            assertThat(tlb.matching((number - 3) * 2 * PAGE, TAG)).isNotNull();
            assertThat(tlb.count()).isEqualTo(4);
        }
    }

    @Test
    void aFreePlaceIsTakenFirst() {
        LargerTlb tlb = new LargerTlb(4, true);
        for (int number = 0; number < 4; number++) {
            tlb.put(pair(number));
        }
        tlb.removeOverlapping(4 * PAGE, 1, TAG, false);
        assertThat(tlb.count()).isEqualTo(3);
        tlb.put(pair(9));
        assertThat(tlb.displaced().present).isFalse();
        assertThat(tlb.matching(0, TAG)).as("the oldest").isNotNull();
        assertThat(tlb.count()).isEqualTo(4);
    }

    @Test
    void whatCoversTheSameGoesForANewOne() {
        LargerTlb tlb = new LargerTlb(64, true);
        tlb.put(pair(8));
        tlb.put(entry(16 * PAGE, 12, TAG + 1, false));
        tlb.put(entry(1L << 22, 14, TAG, false));
        Entry large = entry(0, 16, TAG, false);
        tlb.put(large);
        assertThat(tlb.matching(16 * PAGE, TAG)).usingRecursiveComparison().isEqualTo(large);
        assertThat(tlb.matching(16 * PAGE, TAG + 1)).as("another address space's").isNotNull();
        assertThat(tlb.matching(1L << 22, TAG)).as("which lies elsewhere").isNotNull();
        assertThat(tlb.count()).isEqualTo(3);
        tlb.put(entry(16 * PAGE, 12, TAG + 2, true));
        assertThat(tlb.matching(0, TAG)).as("a global one covers it in every space").isNull();
        assertThat(tlb.count()).isEqualTo(2);
    }

    // Removing, by looking up what lies there, or by looking through all where the range is large.

    @ParameterizedTest
    @ValueSource(longs = {3 * 2 * PAGE, 4096 * 2 * PAGE})
    void aRangeLosesWhatLiesInIt(long bytes) {
        LargerTlb tlb = new LargerTlb(64, true);
        long first = 8192;
        long last = first + bytes / (2 * PAGE) - 1;
        for (long number : new long[] {first - 1, first, last, last + 1}) {
            tlb.put(pair(number));
        }
        tlb.put(entry(first * 2 * PAGE, 12, TAG + 1, false));
        tlb.put(entry((first + 1) * 2 * PAGE, 12, TAG + 1, true));
        tlb.removeOverlapping(first * 2 * PAGE, bytes, TAG, false);
        assertThat(tlb.matching((first - 1) * 2 * PAGE, TAG)).isNotNull();
        assertThat(tlb.matching(first * 2 * PAGE, TAG)).isNull();
        assertThat(tlb.matching(last * 2 * PAGE, TAG)).isNull();
        assertThat(tlb.matching((last + 1) * 2 * PAGE, TAG)).isNotNull();
        assertThat(tlb.matching(first * 2 * PAGE, TAG + 1)).as("of another tag").isNotNull();
        assertThat(tlb.matching((first + 1) * 2 * PAGE, TAG)).as("global").isNull();
        assertThat(tlb.count()).isEqualTo(3);
        tlb.removeOverlapping(first * 2 * PAGE, bytes, TAG, true);
        assertThat(tlb.matching(first * 2 * PAGE, TAG + 1)).as("everywhere").isNull();
        assertThat(tlb.count()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, PAGE, 1L << 30})
    void anEntryGoesWithAnyPartOfIt(long bytes) {
        for (boolean pairs : new boolean[] {false, true}) {
            LargerTlb tlb = new LargerTlb(16, pairs);
            long size = (pairs ? 2L : 1L) << 16;
            tlb.put(entry(3 * size, 16, TAG, false));
            tlb.removeOverlapping(4 * size - PAGE, bytes, TAG, false);
            assertThat(tlb.matching(3 * size, TAG)).isNull();
            assertThat(tlb.count()).isZero();
        }
    }

    @Test
    void allGoAtOnce() {
        LargerTlb tlb = new LargerTlb(16, true);
        tlb.put(pair(1));
        tlb.put(entry(1 << 20, 16, TAG, true));
        tlb.clear();
        assertThat(tlb.count()).isZero();
        assertThat(tlb.matching(2 * PAGE, TAG)).isNull();
        assertThat(tlb.matching(1 << 20, TAG)).isNull();
    }
}
