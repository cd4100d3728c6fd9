package org.memvirt.vmm.shadow.tlb;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.memvirt.api.tlb.SoftwareTlb.Entry;

/** Which of a guest's entries matches an address, and which lie in a range. */
final class GuestEntriesTest {
    private static final long PAGE = 4096;

    private static void write(GuestEntries entries, int index, long address, int shift, int tag) {
        Entry entry = entries.at(index);
        entry.present = true;
        entry.address = address;
        entry.pageShift = shift;
        entry.tag = tag;
    }

    @Test
    void anEntryMatchesItsPageOrPairUnderItsTag() {
        for (boolean pairs : new boolean[] {false, true}) {
            GuestEntries entries = new GuestEntries(8, pairs);
            assertThat(entries.count()).isEqualTo(8);
            write(entries, 5, 8 * PAGE, 12, 2);
            write(entries, 6, 1 << 20, 16, 2);
            long bytes = pairs ? 2 * PAGE : PAGE;
            assertThat(entries.find(8 * PAGE, 2)).isEqualTo(5);
            assertThat(entries.find(8 * PAGE + bytes - 1, 2)).isEqualTo(5);
            assertThat(entries.find(8 * PAGE + bytes, 2)).isEqualTo(-1);
            assertThat(entries.find(8 * PAGE - 1, 2)).isEqualTo(-1);
            assertThat(entries.find(8 * PAGE, 1)).isEqualTo(-1);
            assertThat(entries.matching(8 * PAGE, 2)).isSameAs(entries.at(5));
            assertThat(entries.matching(8 * PAGE, 1)).isNull();
            assertThat(entries.find((1 << 20) + (pairs ? 0x1ffff : 0xffff), 2)).isEqualTo(6);
            entries.at(5).global = true;
            assertThat(entries.find(8 * PAGE, 1)).isEqualTo(5);
            assertThat(GuestEntries.bytes(entries.at(5), pairs)).isEqualTo(bytes);
        }
    }

    @Test
    void theLowestIndexIsFoundAndTheFirstEntry() {
        GuestEntries entries = new GuestEntries(8, true);
        write(entries, 4, 0, 12, 2);
        write(entries, 0, 0, 12, 2);
        assertThat(entries.find(0, 2)).isZero();
        assertThat(entries.matching(0, 2)).isSameAs(entries.at(0));
        entries.clear();
        assertThat(entries.find(0, 2)).isEqualTo(-1);
    }

    @Test
    void rangesOverlapIfTheyHaveAnAddressInCommon() {
        assertThat(GuestEntries.overlap(100, 10, 109, 1)).isTrue();
        assertThat(GuestEntries.overlap(100, 10, 110, 1)).isFalse();
        assertThat(GuestEntries.overlap(100, 10, 91, 10)).isTrue();
        assertThat(GuestEntries.overlap(100, 10, 90, 10)).isFalse();
        assertThat(GuestEntries.overlap(-PAGE, PAGE, -1, 1)).as("the last addresses").isTrue();
        assertThat(GuestEntries.overlap(-PAGE, PAGE, 0, PAGE)).as("the first ones").isFalse();
    }
}
