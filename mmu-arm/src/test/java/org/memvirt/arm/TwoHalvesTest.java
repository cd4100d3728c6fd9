package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.TwoRootContract;

/** Stage 1 has two roots. */
final class TwoHalvesTest {
    private abstract static class Halves extends TwoRootContract {
        private final PageTableFormat format;

        Halves(PageTableFormat format) {
            this.format = format;
        }

        @Override
        protected PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class Granule4k extends Halves {
        Granule4k() {
            super(TwoHalves.of(Granule.K4));
        }
    }

    @Nested
    final class Granule16k extends Halves {
        Granule16k() {
            super(TwoHalves.of(Granule.K16).with(Map.of("va-bits", "47", "ha", "off", "hd", "off")));
        }
    }

    @Nested
    final class Granule64kOf52Bits extends Halves {
        Granule64kOf52Bits() {
            super(TwoHalves.of(Granule.K64).with(Map.of("va-bits", "52")));
        }
    }

    @Test
    void oneHalfHasOneRoot() {
        PageTableFormat lower = TwoHalves.of(Granule.K4).with(Map.of("half", "lower", "va-bits", "39"));
        assertThat(lower.roots()).isOne();
        assertThat(lower.inRange((1L << 39) - 1)).isTrue();
        assertThat(lower.inRange(1L << 39)).isFalse();
        PageTableFormat upper = lower.with(Map.of("half", "upper"));
        assertThat(upper.inRange(-1L << 39)).isTrue();
        assertThat(upper.inRange((-1L << 39) - 1)).isFalse();
        assertThat(upper.kernelBase()).isEqualTo(-1L << 39);
        PageTableFormat both = upper.with(Map.of("half", "both"));
        assertThat(both.roots()).isEqualTo(2);
        assertThat(both.inRange(-1L << 39)).isTrue();
        assertThat(both.inRange((1L << 39) - 1)).isTrue();
        assertThat(both.name()).isEqualTo("aarch64-4k").isEqualTo(lower.name());
        assertThat(both.options()).isEqualTo(lower.options());
    }

    @Test
    void anotherHalfIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TwoHalves.of(Granule.K4).with(Map.of("half", "middle")))
                .withMessageContaining("half=middle")
                .withMessageContaining("lower, upper or both");
    }

    @Test
    void tagsAreTakenFromTheAddressesOfBothHalves() {
        PageTableFormat format = TwoHalves.of(Granule.K4).with(Map.of("tbi", "on"));
        assertThat(format.ignoresTags()).isTrue();
        assertThat(TwoHalves.of(Granule.K4).ignoresTags()).isFalse();
        assertThat(format.untagged(0xab00_0000_0000_1234L, Rights.USER_READ)).isEqualTo(0x1234);
        assertThat(format.untagged(0xab80_0000_0000_1234L, Rights.USER_READ)).isEqualTo(0xff80_0000_0000_1234L);
        assertThat(format.untagged(0xab00_0000_0000_1234L, Rights.USER_EXECUTE)).isEqualTo(0x1234);
        PageTableFormat ofData = format.with(Map.of("tbid", "on"));
        assertThat(ofData.untagged(0xab00_0000_0000_1234L, Rights.USER_EXECUTE)).isEqualTo(0xab00_0000_0000_1234L);
        assertThat(ofData.untagged(0xab00_0000_0000_1234L, Rights.USER_WRITE)).isEqualTo(0x1234);
    }
}
