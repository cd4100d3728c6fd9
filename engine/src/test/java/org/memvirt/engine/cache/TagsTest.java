package org.memvirt.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.walk.Walk;

final class TagsTest {
    private static final int MOST = TlbArray.TAGS - 1;

    private final Tags tags = new Tags();
    private final List<Integer> removed = new ArrayList<>();

    private record Of(int space, int vm) implements Tlb.Target {
        @Override
        public boolean includeSpace(int any) {
            return any == space;
        }

        @Override
        public boolean includeGlobalsOf(int any) {
            return any == vm;
        }
    }

    @Test
    void aSpaceAndAVmOfTheSameNumberHaveTagsOfTheirOwnAndKeepThem() {
        int space = tags.takeForSpace(5, removed::add);
        int vm = tags.takeForVm(5, removed::add);
        assertThat(vm).isNotEqualTo(space);
        assertThat(tags.takeForSpace(5, removed::add)).isEqualTo(space);
        assertThat(tags.takeForVm(5, removed::add)).isEqualTo(vm);
        assertThat(tags.count()).isEqualTo(2);
        assertThat(tags.isOf(space, new Of(5, 6))).isTrue();
        assertThat(tags.isOf(vm, new Of(5, 6))).isFalse();
        assertThat(tags.isOf(vm, new Of(6, 5))).isTrue();
        assertThat(tags.isOf(space, new Of(6, 5))).isFalse();
        assertThat(removed).isEmpty();
    }

    @Test
    void whenTagsRunOutTheOneSelectedLeastRecentlyIsEmptiedAndTaken() {
        Set<Integer> all = new HashSet<>();
        for (int space = 0; space < MOST; space++) {
            all.add(tags.takeForSpace(space, removed::add));
        }
        assertThat(all).hasSize(MOST).allMatch(tag -> tag >= 0 && tag < MOST);
        assertThat(removed).isEmpty();
        tags.takeForSpace(0, removed::add);
        int ofOne = tags.takeForSpace(MOST, removed::add);
        assertThat(removed).as("space 0 was selected again, space 1 was not").containsExactly(ofOne);
        assertThat(tags.isOf(ofOne, new Of(MOST, -1))).isTrue();
        assertThat(tags.isOf(ofOne, new Of(1, -1))).isFalse();
        assertThat(tags.takeForSpace(1, removed::add)).isNotEqualTo(ofOne);
        assertThat(removed).hasSize(2).doesNotHaveDuplicates();
        assertThat(tags.count()).isEqualTo(MOST);
    }

    @Test
    void aSpaceNeverSeesTheEntriesOfTheOneWhoseTagItTook() {
        TlbPreset.Array array = new TlbPreset.Array(List.of(12), 1, 2, TlbPreset.Replacement.LRU);
        SetAssociativeTlb tlb = new SetAssociativeTlb(
                new TlbPreset(
                        "t", "t", "t", List.of(new TlbPreset.Group("l1", 1, true, true, List.of(array)))),
                1);
        AccessBatch batch = new AccessBatch(1);
        batch.add(0x5000, Rights.USER_READ);
        Walk walk = Walk.outer();
        tlb.select(1, 0);
        assertThat(tlb.advance(batch, 0, 1)).isZero();
        walk.inputAddress = 0x5000;
        walk.pageShift = 12;
        walk.allowed = Rights.ALL;
        tlb.insert(walk, Rights.USER_READ);
        tlb.select(1, 1);
        assertThat(tlb.advance(batch, 0, 1)).isZero();
        tlb.insert(walk, Rights.USER_READ);
        for (int space = 2; space < MOST; space++) {
            tlb.select(1, space);
            assertThat(tlb.probe(0x5000, Rights.USER_READ, walk)).as("space %d", space).isFalse();
        }
        tlb.select(1, 1);
        assertThat(tlb.probe(0x5000, Rights.USER_READ, walk)).as("the first space's tag was taken, not this one's")
                .isTrue();
    }
}
