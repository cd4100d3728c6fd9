package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.memvirt.mips.Entries.global;
import static org.memvirt.mips.Entries.pair;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.trial.Allocations;

class MipsTlbTest {
    private static final long PAGE = 0x40_0000;
    private static final int FRAME = 0x12_0000;

    private final MipsTlb tlb = new MipsTlb(Models.CPU32, 1);
    private final Walk walk = Walk.outer();

    private static AccessBatch batch(int kind, long... addresses) {
        AccessBatch batch = new AccessBatch(addresses.length);
        for (long address : addresses) {
            batch.add(address, kind);
        }
        return batch;
    }

    private Miss miss(int kind, long address) {
        int stopped = tlb.advance(batch(kind, address), 0, 1);
        if (stopped == 0) {
            tlb.cancelMiss(kind);
        }
        return tlb.lastMiss();
    }

    @Test
    void aNewTlbMatchesNothing() {
        Entry entry = pair(0, 12, 0, 0);
        for (int i = 0; i < tlb.entries(); i++) {
            tlb.read(i, entry);
            assertThat(entry.present).isFalse();
            assertThat(entry.even.valid | entry.odd.valid | entry.global).isFalse();
            assertThat(entry.address | entry.tag | entry.even.output | entry.odd.output).isZero();
        }
        assertThat(tlb.probe(0, 0)).isEqualTo(-1);
        assertThat(miss(Rights.USER_READ, 0)).isEqualTo(Miss.REFILL);
        assertThat(tlb.entries()).isEqualTo(16);
    }

    @Test
    void anEntryMapsAPairOfPages() {
        tlb.write(3, pair(PAGE, 12, 0, FRAME));
        assertThat(tlb.probe(PAGE + 0x1234, Rights.USER_READ, walk)).isTrue();
        assertThat(walk.outputAddress).isEqualTo(FRAME + 0x1234);
        assertThat(walk.pageShift).isEqualTo(12);
        assertThat(walk.allowed).isEqualTo(Rights.ALL);
        assertThat(walk.succeeded()).isTrue();
        assertThat(tlb.probe(PAGE + 0x2000, Rights.USER_READ, walk)).isFalse();
        assertThat(tlb.probe(PAGE - 1, Rights.USER_READ, walk)).isFalse();
        assertThat(tlb.probe(PAGE + 0x1fff, 0)).isEqualTo(3);
    }

    @Test
    void anEntryIsOfItsAddressSpaceUnlessItIsGlobal() {
        tlb.write(0, pair(PAGE, 12, 7, FRAME));
        tlb.write(1, global(pair(2 * PAGE, 12, 7, FRAME)));
        tlb.selectTag(8);
        assertThat(tlb.tag()).isEqualTo(8);
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.REFILL);
        assertThat(miss(Rights.USER_READ, 2 * PAGE)).isEqualTo(Miss.NONE);
        tlb.selectTag(7);
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.NONE);
        tlb.selectTag(8);
        assertThat(miss(Rights.USER_READ, PAGE)).as("what was used lately is of its space, too").isEqualTo(Miss.REFILL);
        tlb.select(1, 2);
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.REFILL);
        assertThat(tlb.probe(2 * PAGE, Rights.USER_READ, walk)).isTrue();
        assertThat(walk.global).isTrue();
    }

    @Test
    void oneHalfCanBeInvalidOrClean() {
        Entry entry = pair(PAGE, 14, 0, 0x4_0000);
        entry.even.valid = false;
        entry.odd.allowed = Rights.ALL & ~Rights.WRITE;
        tlb.write(15, entry);
        assertThat(miss(Rights.USER_READ, PAGE + 0x3ffc)).isEqualTo(Miss.INVALID);
        assertThat(miss(Rights.USER_READ, PAGE + 0x4000)).isEqualTo(Miss.NONE);
        assertThat(miss(Rights.USER_WRITE, PAGE + 0x4000)).isEqualTo(Miss.MODIFIED);
        assertThat(miss(Rights.USER_READ | Rights.USER_WRITE, PAGE + 0x4000)).isEqualTo(Miss.MODIFIED);
        assertThat(miss(Rights.SUPERVISOR_READ, 0x2000_0000_0000L)).isEqualTo(Miss.ADDRESS_ERROR);
    }

    @Test
    void theFirstOfTwoThatMatchAnswers() {
        tlb.write(9, pair(PAGE, 12, 0, FRAME));
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.NONE);
        Entry denied = pair(PAGE, 16, 0, 0x10_0000);
        denied.even.valid = false;
        tlb.write(4, denied);
        assertThat(tlb.probe(PAGE, 0)).isEqualTo(4);
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.INVALID);
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 14, 18, 28})
    void whatAnEntryMappedIsGoneOnceItIsOverwritten(int shift) {
        tlb.write(2, pair(0x2000_0000, shift, 0, 0));
        long last = 0x2000_0000L + (2L << shift) - 4;
        assertThat(miss(Rights.USER_READ, last)).isEqualTo(Miss.NONE);
        assertThat(miss(Rights.USER_READ, 0x2000_0000L)).isEqualTo(Miss.NONE);
        tlb.write(2, pair(0x1000_0000, 12, 0, 0));
        assertThat(miss(Rights.USER_READ, last)).isEqualTo(Miss.REFILL);
        assertThat(miss(Rights.USER_READ, 0x2000_0000L)).isEqualTo(Miss.REFILL);
    }

    @Test
    void anAccessIsCountedOnceHoweverOftenItIsMade() {
        AccessBatch batch = batch(Rights.USER_WRITE, PAGE, PAGE + 4);
        Tlb.Counts counts = tlb.counts().getFirst();
        assertThat(counts.group).isEqualTo("jtlb");
        assertThat(tlb.advance(batch, 0, 2)).isZero();
        assertThat(tlb.lastMiss()).isEqualTo(Miss.REFILL);
        Entry entry = pair(PAGE, 12, 0, FRAME);
        entry.even.valid = false;
        int index = tlb.writeRandom(entry);
        tlb.retryMiss();
        assertThat(tlb.advance(batch, 0, 2)).isZero();
        assertThat(tlb.lastMiss()).isEqualTo(Miss.INVALID);
        entry.even.valid = true;
        tlb.write(index, entry);
        tlb.retryMiss();
        assertThat(tlb.advance(batch, 0, 0)).as("nothing is made again yet").isZero();
        assertThat(tlb.advance(batch, 0, 2)).isEqualTo(2);
        assertThat(tlb.lastMiss()).isEqualTo(Miss.NONE);
        assertThat(counts.misses).isOne();
        assertThat(counts.hits).isOne();
        assertThat(tlb.advance(batch, 0, 2)).isEqualTo(2);
        assertThat(counts.hits).isEqualTo(3);
    }

    @Test
    void unmappedAccessesAreNoLookUps() {
        assertThat(tlb.advance(batch(Rights.SUPERVISOR_READ, 0x8000_1000L, 0xa000_1000L, 0xffff_ffff_8000_0000L), 0, 3))
                .isEqualTo(3);
        assertThat(tlb.unmapped()).isEqualTo(3);
        assertThat(tlb.counts().getFirst().hits).isZero();
        assertThat(tlb.probe(0xa000_1234L, Rights.SUPERVISOR_WRITE, walk)).isTrue();
        assertThat(walk.outputAddress).isEqualTo(0x1234);
        assertThat(walk.pageShift).isEqualTo(29);
        assertThat(walk.allowed).isEqualTo(Rights.SUPERVISOR);
        assertThat(walk.global).isTrue();
        assertThat(miss(Rights.USER_READ, 0x8000_1000L)).isEqualTo(Miss.ADDRESS_ERROR);
        tlb.setStatus(Status.ERL);
        assertThat(tlb.probe(0x1234, Rights.SUPERVISOR_WRITE, walk)).isTrue();
        assertThat(walk.pageShift).isEqualTo(31);
        MipsTlb wide = new MipsTlb(Models.CPU64, 1);
        assertThat(wide.probe(0x9800_0000_0000_1234L, Rights.SUPERVISOR_WRITE, walk)).isTrue();
        assertThat(walk.outputAddress).isEqualTo(0x1234);
        assertThat(walk.pageShift).isEqualTo(36);
    }

    @Test
    void anAccessWithASupervisorsRightIsOfThePrivilegedModeThatStatusTells() {
        tlb.setStatus(Status.KSU & 0x10);
        assertThat(miss(Rights.SUPERVISOR_READ, 0x8000_0000L)).as("user mode: the kernel's").isEqualTo(Miss.NONE);
        tlb.setStatus(Status.KSU & 0x08);
        assertThat(miss(Rights.SUPERVISOR_READ, 0x8000_0000L)).isEqualTo(Miss.ADDRESS_ERROR);
        assertThat(miss(Rights.SUPERVISOR_READ, 0xc000_0000L)).isEqualTo(Miss.REFILL);
        assertThat(miss(Rights.USER_READ, 0xc000_0000L)).isEqualTo(Miss.ADDRESS_ERROR);
    }

    @Test
    void aRightThatAUserUsedLatelyIsNotThatOfTheSupervisor() {
        tlb.write(0, pair(PAGE, 12, 0, FRAME));
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.NONE);
        tlb.setStatus(Status.ERL);
        assertThat(tlb.advance(batch(Rights.SUPERVISOR_READ, PAGE), 0, 1)).isOne();
        assertThat(tlb.unmapped()).isOne();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            size      | no page has 2^13 bytes
            large     | no page has 2^30 bytes
            small     | no page has 2^10 bytes
            odd       | 0x401000 is no address of a pair of pages of 2^12 bytes
            wide      | 0x100000000 is no address of a pair
            tag       | an ASID is 0 to 255, not 256
            output    | no page of 2^12 bytes lies at the physical address 0x1800
            beyond    | no page of 2^12 bytes lies at the physical address 0x100000000 (PABITS is 32)
            user      | an entry cannot allow just rwx---
            noread    | an entry cannot allow just -wx-wx
            cache     | a cacheability and coherency attribute is 0 to 7, not 8
            """)
    void anEntryThatCannotBeIsRefused(String what, String message) {
        Entry entry = pair(PAGE, 12, 0, FRAME);
        Consumer<Entry> damage = switch (what) {
            case "size" -> each -> each.pageShift = 13;
            case "large" -> each -> each.pageShift = 30;
            case "small" -> each -> each.pageShift = 10;
            case "odd" -> each -> each.address += 0x1000;
            case "wide" -> each -> each.address = 1L << 32;
            case "tag" -> each -> each.tag = 256;
            case "output" -> each -> each.odd.output = 0x1800;
            case "beyond" -> each -> each.even.output = 1L << 32;
            case "user" -> each -> each.odd.allowed = Rights.USER;
            case "noread" -> each -> each.odd.allowed = Rights.WRITE | Rights.EXECUTE;
            default -> each -> each.even.cacheAttribute = 8;
        };
        damage.accept(entry);
        assertThatThrownBy(() -> tlb.write(0, entry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("cpu32: ")
                .hasMessageContaining(message);
        assertThat(tlb.probe(PAGE, 0)).as("the entry is not written").isEqualTo(-1);
    }

    @Test
    void anInvalidHalfMayHoldWhatCannotBe() {
        Entry entry = pair(PAGE, 12, 0, FRAME);
        entry.odd.valid = false;
        entry.odd.allowed = 0;
        entry.odd.output = -1;
        entry.odd.cacheAttribute = -1;
        tlb.write(0, entry);
        tlb.read(0, entry);
        assertThat(entry.odd.valid).isFalse();
        assertThat(entry.odd.output).isEqualTo(0xffff_f000L);
        assertThat(entry.odd.cacheAttribute).isEqualTo(7);
        assertThat(entry.odd.allowed).isEqualTo(Rights.ALL & ~Rights.WRITE);
        assertThat(entry.even.output).isEqualTo(FRAME);
    }

    @Test
    void a64BitAddressBetweenTheSegmentsIsRefused() {
        MipsTlb wide = new MipsTlb(Models.CPU64, 1);
        for (long address : new long[] {1L << 42, 0x4000_0400_0000_0000L, 0xffff_0000_0000_0000L}) {
            assertThatThrownBy(() -> wide.write(0, pair(address, 12, 0, 0))).hasMessageContaining("is no address of a");
        }
        wide.write(0, pair(0xffff_ffff_e000_0000L, 12, 0, 0));
        assertThat(wide.probe(0xffff_ffff_e000_0000L, 0)).isZero();
    }

    @Test
    void tagsAndWiredEntriesThatCannotBeAreRefused() {
        assertThatThrownBy(() -> tlb.selectTag(256)).hasMessage("cpu32: an ASID is 0 to 255, not 256");
        assertThatThrownBy(() -> tlb.selectTag(-1)).hasMessageContaining("an ASID is");
        assertThatThrownBy(() -> tlb.wire(16)).hasMessageContaining("Wired is 0 to 15, so that one entry");
        assertThatThrownBy(() -> tlb.wire(-1)).hasMessageContaining("Wired is");
        tlb.wire(15);
        assertThat(tlb.writeRandom(pair(PAGE, 12, 0, FRAME))).isEqualTo(15);
    }

    @Test
    void whatHardwareDoesElsewhereIsSoftwaresHere() {
        assertThatThrownBy(() -> tlb.insert(walk, Rights.USER_READ)).hasMessageContaining("software fills this TLB");
        Tlb.Target all = new Tlb.Target() {
            @Override
            public boolean includeSpace(int space) {
                return true;
            }

            @Override
            public boolean includeGlobalsOf(int vm) {
                return true;
            }
        };
        assertThatThrownBy(() -> tlb.invalidate(all)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> tlb.invalidate(all, 0, 1)).isInstanceOf(UnsupportedOperationException.class);
        tlb.write(0, global(pair(PAGE, 12, 0, FRAME)));
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.NONE);
        tlb.invalidateAll();
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.REFILL);
    }

    @Test
    void pageSizesAreThoseOfTheProcessor() {
        assertThat(tlb.wholeSizes()).isEqualTo(0x1555_5000L);
        assertThat(new MipsTlb(Models.FULL32, 1).wholeSizes()).isEqualTo(0x1555_5400L);
        assertThat(tlb.deniable()).isEqualTo(Rights.WRITE);
        assertThat(new MipsTlb(Models.FULL32, 1).deniable()).isEqualTo(Rights.ALL);
    }

    @Test
    void hitsMissesAndRefillsAllocateNothing() {
        AccessBatch batch = new AccessBatch(4096);
        for (int i = 0; !batch.isFull(); i++) {
            batch.add(i * 37L % 64 << 12, i % 5 == 0 ? Rights.USER_WRITE : Rights.USER_READ);
        }
        Entry entry = pair(0, 12, 0, 0);
        assertThat(Allocations.of(() -> {
            int at = tlb.advance(batch, 0, batch.length);
            while (at < batch.length) {
                entry.address = batch.addresses[at] & -8192;
                tlb.writeRandom(entry);
                tlb.read(tlb.probe(batch.addresses[at], tlb.tag()), entry);
                tlb.retryMiss();
                at = tlb.advance(batch, at, batch.length);
            }
            tlb.selectTag(tlb.tag() ^ 1);
            entry.tag = tlb.tag();
        })).isZero();
    }

    /** An access that is given up is no miss. */
    @Test
    void whatIsGivenUpIsNotCounted() {
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.REFILL);
        assertThat(miss(Rights.USER_READ, PAGE)).isEqualTo(Miss.REFILL);
        assertThat(tlb.counts().getFirst().misses).isZero();
        assertThat(tlb.counts().getFirst().hits).isZero();
    }

    /** TLBINV takes away what was used lately, too. */
    @Test
    void whatIsInvalidatedByItsTagIsGone() {
        MipsTlb full = new MipsTlb(Models.FULL32, 1);
        full.write(0, pair(PAGE, 12, 0, FRAME));
        assertThat(full.advance(batch(Rights.USER_READ, PAGE), 0, 1)).isOne();
        full.invalidateTag();
        assertThat(full.advance(batch(Rights.USER_READ, PAGE), 0, 1)).isZero();
        assertThat(full.lastMiss()).isEqualTo(Miss.REFILL);
    }

    /** The answer for a page goes with the mode: what the kernel reached unmapped, the supervisor may not reach at all. */
    @Test
    void aChangeOfModeForgetsWhatWasUsedLately() {
        tlb.write(0, pair(0xffff_ffff_e000_0000L, 12, 0, FRAME));
        assertThat(miss(Rights.SUPERVISOR_READ, 0xffff_ffff_e000_0000L)).isEqualTo(Miss.NONE);
        assertThat(miss(Rights.SUPERVISOR_READ, 0xffff_ffff_e000_0000L)).isEqualTo(Miss.NONE);
        assertThat(tlb.counts().getFirst().hits).isEqualTo(2);
        tlb.setStatus(Status.KSU & 0x08);
        assertThat(miss(Rights.SUPERVISOR_READ, 0xffff_ffff_e000_0000L)).isEqualTo(Miss.ADDRESS_ERROR);
    }
}
