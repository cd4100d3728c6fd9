package org.memvirt.api.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CountsTest {
    @ParameterizedTest
    @CsvSource({
        "0,0", "1,1", "1000000,1000000", "1_000_000,1000000", "1e6,1000000", "1E+6,1000000", "1M,1000000", "2k,2000",
        "1.5M,1500000", "1.25e3,1250", "3G,3000000000", "1T,1000000000000", "' 7 ',7", "-5,-5", "+5,5", "007,7",
        "9223372036854775807,9223372036854775807", "-9223372036854775808,-9223372036854775808"
    })
    void readsWholeNumbersAsPeopleWriteThem(String text, long count) {
        assertThat(Counts.parse(text)).isEqualTo(count);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "M", "e6", "1e-6", "1.5", "1.2345K", "1__0", "_1", "1_", "1KM", "1e6M", "0x10", "1P", "1 M",
                "9223372036854775808", "1e19", "1e99", "10000000T", "many"
            })
    void refusesWhatIsNoCountAndSaysWhatOneLooksLike(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Counts.parse(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining("1_000_000, 1e6 or 1M");
    }
}
