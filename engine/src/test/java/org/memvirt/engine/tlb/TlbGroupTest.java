package org.memvirt.engine.tlb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Group;
import org.memvirt.api.tlb.TlbPreset.Replacement;

final class TlbGroupTest {
    private static final int TAG = 3;
    private static final int GLOBALS = 4;
    private static final long ADDRESS = 0x4000_0000;

    private static TlbGroup group(Integer[]... shifts) {
        List<Array> arrays = List.of(shifts).stream()
                .map(sizes -> new Array(List.of(sizes), 1, 4, Replacement.LRU))
                .toList();
        return new TlbGroup(new Group("g", 1, true, true, arrays), 1, null);
    }

    private static Integer[] sizes(Integer... shifts) {
        return shifts;
    }

    private static void write(TlbArray array, int size, boolean global) {
        array.write(array.take(ADDRESS, size), ADDRESS, size, global ? GLOBALS : TAG, global, 0, Rights.ALL);
    }

    @Test
    void itIsSearchableWhereOneArrayAloneTakesSmallPages() {
        assertThat(group(sizes(12), sizes(21)).isSearchable()).isTrue();
        TlbGroup later = group(sizes(21), sizes(12, 30));
        assertThat(later.isSearchable()).isTrue();
        assertThat(later.small).isSameAs(later.arrays[1]);
        assertThat(group(sizes(12), sizes(12, 21)).isSearchable()).isFalse();
        assertThat(group(sizes(21), sizes(30)).isSearchable()).isFalse();
    }

    @Test
    void smallPagesOfSpacesAreNotMixed() {
        TlbGroup group = group(sizes(12, 21), sizes(30));
        assertThat(group.isMixed()).as("when empty").isFalse();
        write(group.small, 0, false);
        assertThat(group.isMixed()).isFalse();
        assertThat(group.findsOther(ADDRESS, TAG, GLOBALS)).isFalse();
    }

    @Test
    void aGlobalOrALargePageIsSomethingOther() {
        for (boolean global : new boolean[] {false, true}) {
            for (int size = 0; size < 3; size++) {
                if (size == 0 && !global) {
                    continue;
                }
                TlbGroup group = group(sizes(12, 21), sizes(30));
                write(size < 2 ? group.small : group.arrays[1], size % 2, global);
                assertThat(group.isMixed()).isTrue();
                assertThat(group.findsOther(ADDRESS | 1, TAG, GLOBALS)).isTrue();
                assertThat(group.findsOther(ADDRESS + (1L << 30), TAG, GLOBALS)).as("elsewhere").isFalse();
                assertThat(group.findsOther(ADDRESS, TAG + 2, GLOBALS + 2)).as("of others").isFalse();
            }
        }
    }
}
