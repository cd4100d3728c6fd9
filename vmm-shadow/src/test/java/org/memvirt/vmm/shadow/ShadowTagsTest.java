package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.vmm.VmRefused;

/** Tags of shadow tables: one each while there are enough, and then those anew that are in use. */
final class ShadowTagsTest {
    private final ScriptedGuest guest = new ScriptedGuest(Map.of());
    private final ShadowCounts counts = new ShadowCounts();
    private final Flush flush = new Flush(counts);
    private final ShadowTags tags = new ShadowTags(2, counts, flush);
    private final List<ShadowTable> tables = IntStream.range(1, 9)
            .mapToObj(number -> guest.vm.tables().load(
                    Role.ofRoot(guest.shadow().role.guestFormat(), 0, number << 12, 0), guest.shadow().format,
                    View.BOTH))
            .toList();

    private ShadowTable give(int number, ShadowTable... others) {
        ShadowTable table = tables.get(number);
        tags.give(table, List.of(others));
        return table;
    }

    private int tag(int number) {
        return TagPool.tag(tables.get(number).ticket);
    }

    private long flushes() {
        flush.now(guest.vm.services());
        return counts.fullFlushes;
    }

    @Test
    void withoutTagsThereIsNothingToGive() {
        ShadowTags none = new ShadowTags(0, counts, flush);
        assertThat(none.exist()).isFalse();
        assertThatCode(() -> none.require(1000)).doesNotThrowAnyException();
        none.give(tables.getFirst(), List.of());
        assertThat(tables.getFirst().ticket).isZero();
        assertThat(counts.tagsGiven).isZero();
    }

    @Test
    void asManyTablesAsThereAreTagsCanBeInUse() {
        assertThat(tags.exist()).isTrue();
        assertThatCode(() -> tags.require(3)).doesNotThrowAnyException();
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> tags.require(4))
                .withMessage("strategy shadow: tags=2 has 3 tags, but vCPUs have 4 tables loaded at once");
    }

    @Test
    void aTableKeepsItsTagUntilTheyRunOut() {
        give(0);
        give(1);
        give(2);
        assertThat(List.of(tag(0), tag(1), tag(2))).doesNotHaveDuplicates().allMatch(tag -> tag > 0 && tag < 4);
        long ticket = tables.get(1).ticket;
        give(1);
        assertThat(tables.get(1).ticket).isEqualTo(ticket);
        assertThat(counts.tagsGiven).isEqualTo(3);
        assertThat(counts.tagRollovers).isZero();
        assertThat(flushes()).isZero();
    }

    @Test
    void whenTheyRunOutAllIsFlushedAndThoseInUseKeepTheirs() {
        give(0);
        give(1);
        give(2);
        int kept = tag(1);
        give(3, tables.get(1), tables.get(3));
        assertThat(counts.tagRollovers).isEqualTo(1);
        assertThat(flushes()).isEqualTo(1);
        give(1);
        assertThat(tag(1)).isEqualTo(kept);
        assertThat(tag(3)).isNotEqualTo(kept);
        assertThat(counts.tagsGiven).isEqualTo(4);
        give(0, tables.get(1), tables.get(3));
        assertThat(counts.tagsGiven).as("one that was not in use gets another").isEqualTo(5);
        assertThat(List.of(tag(0), tag(1), tag(3))).doesNotHaveDuplicates();
        assertThat(flushes()).as("nothing ran out").isEqualTo(1);
    }

    @Test
    void sharersAreThoseWithOneCurrentTag() {
        give(0);
        give(1);
        give(2);
        assertThat(tags.sharers(tables)).isEmpty();
        tables.get(5).ticket = tables.get(1).ticket;
        assertThat(tags.sharers(tables)).containsExactly(tables.get(1), tables.get(5));
        give(3);
        assertThat(tags.sharers(tables)).as("those are of the last generation").isEmpty();
    }
}
