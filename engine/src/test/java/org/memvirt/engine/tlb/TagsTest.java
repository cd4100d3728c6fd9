package org.memvirt.engine.tlb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.memvirt.api.tlb.Tlb;

final class TagsTest {
    private final BitSet used = new BitSet();
    private int searches;
    private final Tags tags = new Tags(() -> {
        searches++;
        return (BitSet) used.clone();
    });

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

    private int select(int space, int vm) {
        tags.select(vm, space);
        return tags.tag();
    }

    /** Selects a space, and makes it have an entry. */
    private int fill(int space, int vm) {
        int tag = select(space, vm);
        used.set(tag);
        return tag;
    }

    @Test
    void aSpaceAndAVmOfTheSameNumberHaveTagsOfTheirOwnAndKeepThem() {
        int space = select(5, 5);
        int vm = tags.globalTag();
        assertThat(vm).isNotEqualTo(space);
        assertThat(select(6, 5)).isNotEqualTo(space).isNotEqualTo(vm);
        assertThat(tags.globalTag()).isEqualTo(vm);
        assertThat(select(5, 5)).isEqualTo(space);
        assertThat(tags.of(new Of(5, 5))).hasSize(3);
        assertThat(tags.isOf(space, new Of(5, 6))).isTrue();
        assertThat(tags.isOf(vm, new Of(5, 6))).isFalse();
        assertThat(tags.isOf(vm, new Of(6, 5))).isTrue();
        assertThat(tags.isOf(space, new Of(6, 5))).isFalse();
        assertThat(searches).isZero();
    }

    @Test
    void tagsOfSpacesWithoutEntriesAreHandedOutAgain() {
        for (int space = 0; space < 10 * TlbKeys.NARROW_TAGS; space++) {
            assertThat(select(space, 1)).isNotEqualTo(tags.globalTag()).isBetween(0, TlbKeys.NARROW_TAGS - 1);
            assertThat(tags.isOf(tags.tag(), new Of(space, -1))).isTrue();
            assertThat(tags.isOf(tags.globalTag(), new Of(-1, 1))).isTrue();
        }
        assertThat(tags.areWide()).isFalse();
        assertThat(searches).isBetween(9, 11);
    }

    @Test
    void noSpaceWithEntriesLosesItsTag() {
        int spaces = 3 * TlbKeys.NARROW_TAGS;
        Set<Integer> all = new HashSet<>();
        for (int space = 0; space < spaces; space++) {
            assertThat(all.add(fill(space, 1))).as("a tag of its own for space %d", space).isTrue();
        }
        assertThat(tags.areWide()).isTrue();
        for (int space = 0; space < spaces; space++) {
            assertThat(all).contains(select(space, 1));
            assertThat(tags.isOf(tags.tag(), new Of(space, -1))).isTrue();
        }
        assertThat(searches).as("a search a doubling").isEqualTo(2);
    }

    @Test
    void whatIsSelectedKeepsItsTagThoughItHasNoEntryYet() {
        for (int space = 1; space < TlbKeys.NARROW_TAGS - 1; space++) {
            fill(space, 0);
        }
        // One tag is left: the space takes it, and the VM must not take it from the space.
        used.clear(tags.tag());
        int tag = select(-1 >>> 1, 7);
        assertThat(tags.globalTag()).isNotEqualTo(tag);
    }
}
