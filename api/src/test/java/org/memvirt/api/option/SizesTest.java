package org.memvirt.api.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SizesTest {
    @ParameterizedTest
    @CsvSource({
        "0,0", "1,1", "4096,4096", "4K,4096", "4k,4096", "2M,2097152", "1G,1073741824", "1T,1099511627776",
        "' 64K ',65536", "8388607T,9223370937343148032", "0T,0"
    })
    void readsBytesWithASuffix(String text, long bytes) {
        assertThat(Sizes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "K", "-1", "-4K", "4KB", "4P", "1.5G", "0x1000", "8388608T",
        "99999999999999999999", "4 K"})
    void refusesWhatIsNoSizeAndSaysWhatOneLooksLike(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sizes.parse(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining("64K");
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "1023,1023", "1024,1K", "4096,4K", "6144,6K", "2097152,2M", "1099511627776,1T",
        "1125899906842624,1024T", "1048577,1048577"
    })
    void writesTheLargestSuffixThatDivides(long bytes, String text) {
        assertThat(Sizes.text(bytes)).isEqualTo(text);
        assertThat(Sizes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"12,4K", "14,16K", "21,2M", "22,4M", "30,1G", "39,512G"})
    void namesAPageByItsOffsetBits(int shift, String text) {
        assertThat(Sizes.ofPage(shift)).isEqualTo(text);
    }
}
