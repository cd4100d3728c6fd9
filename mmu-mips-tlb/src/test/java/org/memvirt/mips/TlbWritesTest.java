package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.mips.Entries.global;
import static org.memvirt.mips.Entries.pair;

import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.walk.Walk;

/** What is written into the TLB, where, and what is read back. */
class TlbWritesTest {
    private static final long PAGE = 0x40_0000;
    private static final int FRAME = 0x12_0000;

    private final MipsTlb tlb = new MipsTlb(Models.CPU32, 1);
    private final Walk walk = Walk.outer();

    @Test
    void randomWritesLeaveWiredEntriesAloneAndReachAllOthers() {
        assertThat(tlb.writeRandom(pair(PAGE, 12, 0, FRAME))).as("after a reset").isEqualTo(15);
        tlb.wire(5);
        assertThat(tlb.wired()).isEqualTo(5);
        assertThat(tlb.random()).as("after Wired was written").isEqualTo(15);
        BitSet written = new BitSet();
        int[] times = new int[16];
        for (int i = 0; i < 2200; i++) {
            int index = tlb.writeRandom(pair(PAGE, 12, 0, FRAME));
            written.set(index);
            times[index]++;
        }
        assertThat(written.nextSetBit(0)).isEqualTo(5);
        assertThat(written.cardinality()).isEqualTo(11);
        assertThat(Arrays.stream(times, 5, 16)).as("200 each on average").allMatch(count -> count > 130 && count < 270);
    }

    @Test
    void theSameSeedMakesTheSameChoices() {
        MipsTlb same = new MipsTlb(Models.CPU32, 1);
        MipsTlb other = new MipsTlb(Models.CPU32, 2);
        int differing = 0;
        for (int i = 0; i < 50; i++) {
            int index = tlb.writeRandom(pair(PAGE, 12, 0, FRAME));
            assertThat(same.writeRandom(pair(PAGE, 12, 0, FRAME))).isEqualTo(index);
            differing += other.writeRandom(pair(PAGE, 12, 0, FRAME)) == index ? 0 : 1;
        }
        assertThat(differing).isGreaterThan(30);
    }

    @Test
    void noEntryNeedsToBeWired() {
        tlb.wire(3);
        tlb.wire(0);
        assertThat(tlb.wired()).isZero();
    }

    /** PRA, TLBR: an entry that is invalid reads as zeros. */
    @Test
    void anEntryThatMatchesNothingReadsAsZeros() {
        tlb.write(3, global(pair(PAGE, 14, 7, FRAME)));
        tlb.write(3, new Entry());
        Entry read = pair(PAGE, 16, 9, FRAME);
        tlb.read(3, read);
        assertThat(read.present).isFalse();
        assertThat(read.address | read.even.output | read.odd.output).isZero();
        assertThat(read.tag | read.even.cacheAttribute | read.odd.cacheAttribute).isZero();
        assertThat(read.even.allowed | read.odd.allowed).isZero();
        assertThat(read.even.valid | read.odd.valid | read.global).isFalse();
        assertThat(read.pageShift).isEqualTo(12);
    }

    @Test
    void entriesReadAsTheyWereWritten() {
        MipsTlb wide = new MipsTlb(Models.FULL64, 1);
        Entry entry = pair(0xffff_ffff_c000_0000L, 10, 0x5a, 0x8_0000_0000L);
        entry.odd.allowed = Rights.ALL & ~Rights.EXECUTE;
        entry.odd.cacheAttribute = 7;
        entry.even.allowed = Rights.ALL & ~(Rights.READ | Rights.WRITE);
        wide.write(1, entry);
        Entry read = new Entry();
        wide.read(1, read);
        assertThat(read).usingRecursiveComparison().isEqualTo(entry);
        wide.write(2, read);
        wide.read(2, entry);
        assertThat(entry).usingRecursiveComparison().isEqualTo(read);
        wide.write(3, pair(0x0000_00ff_0000_0000L, 12, 1, 0));
        wide.read(3, read);
        assertThat(read.address).isEqualTo(0x0000_00ff_0000_0000L);
        wide.write(4, global(pair(0xc000_0000_0000_0000L, 28, 255, 0)));
        wide.read(4, read);
        assertThat(read.address).isEqualTo(0xc000_0000_0000_0000L);
        assertThat(read.global).isTrue();
        assertThat(read.pageShift).isEqualTo(28);
    }
}
