package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.memvirt.mips.Entries.global;
import static org.memvirt.mips.Entries.pair;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.walk.Walk;

/** The virtualization module's two TLBs: what the guest's gives, and what it leaves untranslated, goes through the root's. */
class RootTlbTest {
    private static final MipsArchitecture MIPS = new MipsArchitecture();
    private static final long PAGE = 0x40_0000;
    private static final long GPA = 0x12_0000;
    private static final long HPA = 0x560_0000;

    private final SoftwareTlb tlb = MIPS.createTwoStageTlb(preset("24kf"), 1);
    private final SoftwareTlb root = Objects.requireNonNull(tlb.stageTwo());
    private final Tlb.Counts guestCounts = tlb.counts().getFirst();
    private final Tlb.Counts rootCounts = tlb.counts().getLast();
    private final Walk walk = Walk.outer();

    private static TlbPreset preset(String name) {
        return MIPS.tlbPresets().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    }

    private Miss access(int kind, long address) {
        AccessBatch batch = new AccessBatch(1);
        batch.add(address, kind);
        assertThat(tlb.advance(batch, 0, 1)).isEqualTo(tlb.lastMiss() == Miss.NONE ? 1 : 0);
        return tlb.lastMiss();
    }

    @Test
    void bothHaveTheEntriesOfTheProcessor() {
        assertThat(tlb.entries()).isEqualTo(16);
        assertThat(root.entries()).isEqualTo(16);
        assertThat(tlb.counts()).extracting(counts -> counts.group).containsExactly("jtlb", "root");
        assertThat(root.stageTwo()).isNull();
        assertThat(MIPS.createTlb(preset("24kf"), 1).stageTwo()).isNull();
    }

    @Test
    void whatTheRootLacksIsNoMissOfTheGuests() {
        tlb.write(0, pair(PAGE, 12, 0, GPA));
        assertThat(access(Rights.USER_READ, PAGE + 0x1234)).isEqualTo(Miss.STAGE_2);
        assertThat(tlb.missAddress()).isEqualTo(GPA + 0x1234);
        assertThat(guestCounts.hits).isOne();
        assertThat(guestCounts.misses).isZero();
        assertThat(rootCounts.misses).isOne();
        assertThat(rootCounts.hits).isZero();
        root.write(0, pair(GPA, 12, 0, HPA));
        tlb.retryMiss();
        assertThat(access(Rights.USER_READ, PAGE + 0x1234)).isEqualTo(Miss.NONE);
        assertThat(guestCounts.hits + rootCounts.misses).as("the access is counted once in each").isEqualTo(2);
        assertThat(rootCounts.hits).isZero();
        assertThat(access(Rights.USER_READ, PAGE + 0x1234)).isEqualTo(Miss.NONE);
        assertThat(access(Rights.USER_READ, PAGE + 0x34)).isEqualTo(Miss.NONE);
        assertThat(guestCounts.hits).isEqualTo(3);
        assertThat(rootCounts.hits).isEqualTo(2);
        assertThat(rootCounts.misses).isOne();
        assertThat(access(Rights.USER_READ, 2 * PAGE)).isEqualTo(Miss.REFILL);
        assertThat(guestCounts.misses).isOne();
        assertThat(rootCounts.misses).isOne();
        tlb.cancelMiss(Rights.USER_READ);
        assertThat(guestCounts.misses).isZero();
    }

    @Test
    void theRootMayForbidWhatTheGuestAllows() {
        tlb.write(0, pair(PAGE, 12, 0, GPA));
        Entry clean = pair(GPA, 12, 0, HPA);
        clean.even.allowed = Rights.ALL & ~Rights.WRITE;
        root.write(0, clean);
        assertThat(access(Rights.USER_READ, PAGE)).isEqualTo(Miss.NONE);
        assertThat(access(Rights.USER_WRITE, PAGE)).isEqualTo(Miss.STAGE_2);
        assertThat(tlb.missAddress()).isEqualTo(GPA);
        assertThat(access(Rights.USER_WRITE, PAGE + 0x1000)).isEqualTo(Miss.NONE);
    }

    @Test
    void whatGoesFromTheRootIsGoneForTheGuest() {
        tlb.write(0, pair(PAGE, 12, 0, GPA));
        root.write(3, pair(GPA, 12, 0, HPA));
        assertThat(access(Rights.USER_READ, PAGE)).isEqualTo(Miss.NONE);
        root.write(3, new Entry());
        assertThat(access(Rights.USER_READ, PAGE)).isEqualTo(Miss.STAGE_2);
        root.write(3, pair(GPA, 12, 0, HPA));
        assertThat(access(Rights.USER_READ, PAGE)).isEqualTo(Miss.NONE);
        root.selectTag(7);
        assertThat(access(Rights.USER_READ, PAGE)).as("another GuestID").isEqualTo(Miss.STAGE_2);
        root.selectTag(0);
        assertThat(access(Rights.USER_READ, PAGE)).isEqualTo(Miss.NONE);
        tlb.invalidateAll();
        assertThat(root.probe(GPA, 0)).as("all is emptied").isEqualTo(-1);
        tlb.write(0, pair(PAGE, 12, 0, GPA));
        assertThat(access(Rights.USER_READ, PAGE)).isEqualTo(Miss.STAGE_2);
    }

    @Test
    void whatTheGuestDoesNotTranslateTheRootDoes() {
        assertThat(tlb.isUnmapped(0x8000_1000L, Rights.SUPERVISOR_READ)).isTrue();
        assertThat(tlb.isUnmapped(0xc000_1000L, Rights.SUPERVISOR_READ)).isFalse();
        assertThat(root.isUnmapped(0x8000_1000L, Rights.SUPERVISOR_READ)).as("it has no segments").isFalse();
        assertThat(access(Rights.SUPERVISOR_READ, 0x8012_0004L)).isEqualTo(Miss.STAGE_2);
        assertThat(tlb.missAddress()).isEqualTo(GPA + 4);
        assertThat(tlb.unmapped()).isOne();
        assertThat(guestCounts.hits).isZero();
        root.write(0, pair(GPA, 12, 0, HPA));
        tlb.retryMiss();
        assertThat(access(Rights.SUPERVISOR_READ, 0x8012_0004L)).isEqualTo(Miss.NONE);
        assertThat(tlb.unmapped()).isOne();
    }

    @Test
    void aTranslationIsAsLargeAndAsFreeAsTheLesserOfTheTwo() {
        tlb.write(0, global(pair(PAGE, 14, 0, GPA)));
        assertThat(tlb.probe(PAGE + 0x1004, Rights.USER_READ, walk)).as("the root lacks it").isFalse();
        Entry clean = pair(GPA, 12, 0, HPA);
        clean.odd.allowed = Rights.ALL & ~Rights.WRITE;
        root.write(0, clean);
        assertThat(tlb.probe(PAGE + 0x1004, Rights.USER_READ, walk)).isTrue();
        assertThat(walk.inputAddress).isEqualTo(PAGE + 0x1004);
        assertThat(walk.outputAddress).isEqualTo(HPA + 0x1004);
        assertThat(walk.pageShift).isEqualTo(12);
        assertThat(walk.allowed).isEqualTo(Rights.ALL & ~Rights.WRITE);
        assertThat(walk.global).isTrue();
        root.write(0, pair(0, 24, 0, 0x200_0000));
        assertThat(tlb.probe(PAGE, Rights.USER_READ, walk)).isTrue();
        assertThat(walk.pageShift).isEqualTo(14);
        assertThat(walk.allowed).isEqualTo(Rights.ALL);
        assertThat(tlb.probe(0x8012_0000L, Rights.SUPERVISOR_READ, walk)).isTrue();
        assertThat(walk.outputAddress).isEqualTo(0x200_0000 + GPA);
        assertThat(walk.allowed).isEqualTo(Rights.SUPERVISOR);
    }

    @Test
    void aDeprivilegedKernelHasTheSupervisorsSegments() {
        SoftwareTlb one = MIPS.createTlb(preset("24kf"), 1);
        one.deprivilege();
        AccessBatch batch = new AccessBatch(3);
        batch.add(0x8000_0000L, Rights.SUPERVISOR_READ);
        assertThat(one.advance(batch, 0, 1)).isZero();
        assertThat(one.lastMiss()).isEqualTo(Miss.ADDRESS_ERROR);
        batch.clear();
        batch.add(0xc000_0000L, Rights.SUPERVISOR_READ);
        assertThat(one.advance(batch, 0, 1)).isZero();
        assertThat(one.lastMiss()).isEqualTo(Miss.REFILL);
        one.write(0, pair(0xffff_ffff_c000_0000L, 12, 0, HPA));
        one.retryMiss();
        assertThat(one.advance(batch, 0, 1)).isOne();
        SoftwareTlb without = MIPS.createTlb(preset("4kc"), 1);
        assertThatThrownBy(without::deprivilege)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("4kc has no supervisor mode");
    }
}
