package org.memvirt.engine.walkcache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

final class NestedTranslationsTest {
    private final NestedTranslations cache = new NestedTranslations(new NestedTlbPreset("t", "t", "t", 1, 4));
    private final Walk outer = Walk.outer();
    private final Walk inner = Walk.inner();

    @BeforeEach
    void beginAWalk() {
        outer.start(0, 0, Rights.USER_READ);
    }

    private boolean find(int vm, long gpa, int access) {
        inner.startInside(outer, 1, 0, gpa, access);
        return cache.find(vm, inner);
    }

    private void insert(int vm, long gpa, long hpa, int shift, int allowed, int cost) {
        inner.startInside(outer, 1, 0, gpa, Rights.SUPERVISOR_READ);
        for (int i = 0; i < cost; i++) {
            inner.trail.reference(inner.cell(1), 0, 0);
        }
        inner.outputAddress = hpa;
        inner.pageShift = shift;
        inner.allowed = allowed;
        cache.insert(vm, inner);
    }

    @Test
    void aHitGivesTheAnswerAndSkipsWhatTheWalkCosts() {
        insert(1, 0x5123, 0x9123, 12, Rights.ALL, 4);
        outer.start(0, 0, Rights.USER_READ);
        assertThat(find(1, 0x5ff8, Rights.USER_WRITE)).isTrue();
        assertThat(inner.outputAddress).isEqualTo(0x9ff8);
        assertThat(inner.pageShift).isEqualTo(12);
        assertThat(inner.allowed).isEqualTo(Rights.ALL);
        assertThat(inner.succeeded()).isTrue();
        assertThat(outer.trail.skipped()).isEqualTo(4);
        assertThat(outer.trail.length()).isZero();
        assertThat(cache.counts()).containsExactly(0, 1);
    }

    @Test
    void anotherPageOrAnotherVmMisses() {
        insert(1, 0x5000, 0x9000, 12, Rights.ALL, 4);
        assertThat(find(1, 0x6000, Rights.USER_READ)).isFalse();
        assertThat(find(2, 0x5000, Rights.USER_READ)).isFalse();
        assertThat(cache.counts()).containsExactly(2, 0);
    }

    @Test
    void aLargePageAnswersForAllOfIt() {
        insert(1, 0x20_0000, 0x4000_0000, 21, Rights.ALL, 3);
        assertThat(find(1, 0x3f_fff8, Rights.USER_READ)).isTrue();
        assertThat(inner.outputAddress).isEqualTo(0x401f_fff8);
        assertThat(inner.pageShift).isEqualTo(21);
    }

    @Test
    void anEntryWithoutTheRightMissesAndIsReplaced() {
        insert(1, 0x5000, 0x9000, 12, Rights.READ, 4);
        assertThat(find(1, 0x5000, Rights.USER_WRITE)).isFalse();
        insert(1, 0x5000, 0x9000, 12, Rights.ALL, 4);
        assertThat(find(1, 0x5000, Rights.USER_WRITE)).isTrue();
        insert(1, 0x6000, 0xa000, 12, Rights.ALL, 4);
        insert(1, 0x7000, 0xb000, 12, Rights.ALL, 4);
        insert(1, 0x8000, 0xc000, 12, Rights.ALL, 4);
        assertThat(find(1, 0x5000, Rights.USER_READ)).as("four pages fit, so the old entry is gone").isTrue();
    }

    @Test
    void theLeastRecentlyUsedMakesRoom() {
        for (long page = 1; page <= 4; page++) {
            insert(1, page << 12, page << 20, 12, Rights.ALL, 4);
        }
        assertThat(find(1, 0x1000, Rights.USER_READ)).isTrue();
        insert(1, 0x5000, 0x50_0000, 12, Rights.ALL, 4);
        assertThat(find(1, 0x2000, Rights.USER_READ)).isFalse();
        assertThat(find(1, 0x1000, Rights.USER_READ)).isTrue();
    }

    @Test
    void anInvalidationRemovesWhatOverlapsInThatVm() {
        insert(1, 0x20_0000, 0x4000_0000, 21, Rights.ALL, 3);
        insert(1, 0x5000, 0x9000, 12, Rights.ALL, 4);
        insert(2, 0x20_0000, 0x8000_0000L, 21, Rights.ALL, 3);
        cache.invalidate(owner -> owner == 1, 0x30_0000, 4096);
        assertThat(find(1, 0x20_0000, Rights.USER_READ)).isFalse();
        assertThat(find(1, 0x5000, Rights.USER_READ)).isTrue();
        assertThat(find(2, 0x20_0000, Rights.USER_READ)).isTrue();
        cache.invalidate(owner -> owner == 2);
        assertThat(find(2, 0x20_0000, Rights.USER_READ)).isFalse();
        assertThat(find(1, 0x5000, Rights.USER_READ)).isTrue();
    }

    @Test
    void anInvalidationTouchesNoPageBesideItsRange() {
        insert(3, 0x20_0000, 0x4000_0000, 21, Rights.ALL, 3);
        cache.invalidate(owner -> true, 0x1f_f000, 4096);
        cache.invalidate(owner -> true, 0x40_0000, 4096);
        assertThat(find(3, 0x20_0000, Rights.USER_READ)).isTrue();
        cache.invalidate(owner -> true, 0x1f_f000, 4097);
        assertThat(find(3, 0x20_0000, Rights.USER_READ)).as("its first byte").isFalse();
        insert(3, 0x20_0000, 0x4000_0000, 21, Rights.ALL, 3);
        cache.invalidate(owner -> true, 0x3f_ffff, 1);
        assertThat(find(3, 0x20_0000, Rights.USER_READ)).as("its last byte").isFalse();
    }

    // Walks that were made side by side.

    private static WalkBatch walks(long gpa, long hpa) {
        WalkBatch walks = WalkBatch.outer(true);
        walks.start(0);
        walks.input[0] = gpa;
        walks.output[0] = hpa;
        walks.allowed[0] = Rights.ALL;
        walks.attributes(0)[0] = 5;
        walks.pageShift = 12;
        walks.note(walks.cell(1), walks.entries(1));
        return walks;
    }

    /** Takes one walk through; whether the cache agrees. */
    private boolean take(int owner, WalkBatch stageTwo) {
        return cache.take(new WalkBatch[] {stageTwo}, owner, 1, 0, 1, new byte[1]) == 1;
    }

    @Test
    void aWalkMadeWithoutTheCacheLeavesItAsOneMadeWithIt() {
        WalkBatch walks = walks(0x5123, 0x9123);
        assertThat(take(1, walks)).isTrue();
        assertThat(cache.missed(0)).isEqualTo(1);
        assertThat(cache.longest()).isEqualTo(1);
        assertThat(cache.counts()).as("it is not counted yet").containsExactly(0, 0);
        cache.keep();
        assertThat(cache.counts()).containsExactly(1, 0);
        assertThat(take(1, walks)).isTrue();
        assertThat(cache.missed(0)).isZero();
        assertThat(cache.longest()).isZero();
        cache.keep();
        assertThat(cache.counts()).containsExactly(1, 1);
        assertThat(find(1, 0x5ff8, Rights.USER_WRITE)).isTrue();
        assertThat(inner.outputAddress).isEqualTo(0x9ff8);
        assertThat(inner.faultDetail).isEqualTo(5);
        assertThat(outer.trail.skipped()).isEqualTo(1);
        assertThat(take(2, walks(0x5123, 0x7123))).as("another VM").isTrue();
        assertThat(cache.missed(0)).isEqualTo(1);
    }

    @Test
    void aWalkThatFoundSomethingElseThanIsCachedDisagrees() {
        take(1, walks(0x5123, 0x9123));
        cache.keep();
        assertThat(take(1, walks(0x5123, 0xa123))).as("another frame").isFalse();
        WalkBatch walks = walks(0x5123, 0x9123);
        walks.allowed[0] = Rights.READ;
        assertThat(take(1, walks)).as("other rights").isFalse();
        walks = walks(0x5123, 0x9123);
        walks.attributes(0)[0] = 6;
        assertThat(take(1, walks)).as("other attributes").isFalse();
        walks = walks(0x5123, 0x9123);
        walks.note(walks.cell(2), walks.entries(2));
        assertThat(take(1, walks)).as("another cost").isFalse();
        walks = walks(0x5123, 0x9123);
        walks.pageShift = 21;
        assertThat(take(1, walks)).as("another size").isFalse();
    }

    @Test
    void walksThatWereTakenThroughChangeNothingBeforeTheyAreKept() {
        take(1, walks(0x5123, 0x9123));
        cache.keep();
        for (long page = 6; page < 10; page++) {
            take(1, walks(page << 12, page << 12));
        }
        assertThat(find(1, 0x6000, Rights.USER_READ)).isFalse();
        assertThat(find(1, 0x5123, Rights.USER_READ)).isTrue();
        assertThat(inner.outputAddress).isEqualTo(0x9123);
        for (long page = 6; page < 10; page++) {
            take(1, walks(page << 12, page << 12));
            cache.keep();
        }
        assertThat(find(1, 0x5123, Rights.USER_READ)).as("others have taken its place").isFalse();
        assertThat(find(1, 0x6000, Rights.USER_READ)).isTrue();
    }
}
