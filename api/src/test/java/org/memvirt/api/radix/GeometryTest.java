package org.memvirt.api.radix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memvirt.api.radix.Geometry.Entry;
import org.memvirt.api.radix.Geometry.HighBits;
import org.memvirt.api.radix.Geometry.Level;

final class GeometryTest {
    private static Level level(int shift, int indexBits) {
        return new Level(shift, indexBits, 0, 0, Entry.NONE, Entry.NONE);
    }

    private static Geometry geometry(int inputBits, int ignoredBits, Level... levels) {
        return new Geometry(inputBits, 48, HighBits.CLEAR, ignoredBits, 8, 1, 0, 0, 0, List.of(levels));
    }

    @Test
    void levelsThatTileTheInputAreTaken() {
        assertThat(geometry(30, 0, level(12, 9), level(21, 9)).levels()).hasSize(2);
        assertThat(geometry(47, 8, level(14, 11), level(25, 11), level(36, 11)).ignoredBits()).isEqualTo(8);
    }

    @Test
    void levelsThatDoNotMeetAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> geometry(30, 0, level(12, 8), level(21, 9)))
                .withMessageContaining("level 1")
                .withMessageContaining("bit 21");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> geometry(30, 0, level(12, 10), level(21, 9)))
                .withMessageContaining("level 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> geometry(31, 0, level(12, 9), level(21, 9)))
                .withMessageContaining("level 2")
                .withMessageContaining("bit 31");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> geometry(30, 0, level(21, 9), level(12, 9)))
                .withMessageContaining("level 1");
        assertThatIllegalArgumentException().isThrownBy(() -> geometry(12, 0, level(12, 0)));
    }

    @Test
    void anAddressHas64Bits() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> geometry(57, 8, level(12, 45)))
                .withMessageContaining("57")
                .withMessageContaining("8 ignored");
    }

    @Test
    void leavesAreJoinedWithinTheirTable() {
        Level joined = level(12, 9).joining(1L << 52, 4);
        assertThat(joined.pageShift(1L << 52)).isEqualTo(16);
        assertThat(joined.pageShift(1L << 51)).isEqualTo(12);
        assertThatIllegalArgumentException().isThrownBy(() -> level(12, 4).joining(1, 4));
        assertThatIllegalArgumentException().isThrownBy(() -> level(12, 4).joining(1, 0));
    }

    @Test
    void anAddressThatIsFoldedComesBack() {
        Entry entry = new Entry(0xffff_ffff_0000L, 0, 0, 0, 0).folding(0xf000, 36);
        long address = 0xa_1234_5678_0000L;
        assertThat(entry.bitsOf(address)).isEqualTo(0x1234_5678_a000L);
        assertThat(entry.addressIn(0x1234_5678_a7ffL)).isEqualTo(address);
    }
}
