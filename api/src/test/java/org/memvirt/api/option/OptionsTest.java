package org.memvirt.api.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OptionsTest {
    private static final List<Option> DECLARED = List.of(
            new Option("loud", Option.Kind.SWITCH, "off", "whether it shouts"),
            new Option("count", Option.Kind.INTEGER, "7", "how many"),
            new Option("skew", Option.Kind.DECIMAL, "0.99", "how uneven"),
            new Option("room", Option.Kind.SIZE, "4K", "bytes"),
            new Option("word", Option.Kind.TEXT, "none", "any word"));

    private static Options options(Map<String, String> given) {
        return new Options("workload test", DECLARED, given);
    }

    @Test
    void whatIsNotGivenHasItsDefault() {
        Options options = options(Map.of());
        assertThat(options.isOn("loud")).isFalse();
        assertThat(options.integer("count")).isEqualTo(7);
        assertThat(options.decimal("skew")).isEqualTo(0.99);
        assertThat(options.size("room")).isEqualTo(4096);
        assertThat(options.text("word")).isEqualTo("none");
        assertThat(options.asMap())
                .isEqualTo(Map.of("loud", "off", "count", "7", "skew", "0.99", "room", "4K", "word", "none"));
    }

    @Test
    void whatIsGivenIsTaken() {
        Options options =
                options(Map.of("loud", "on", "count", "-3", "skew", "1e-3", "room", "2M", "word", "a word, with=all"));
        assertThat(options.isOn("loud")).isTrue();
        assertThat(options.integer("count")).isEqualTo(-3);
        assertThat(options.decimal("skew")).isEqualTo(0.001);
        assertThat(options.size("room")).isEqualTo(2 << 20);
        assertThat(options.text("word")).isEqualTo("a word, with=all");
    }

    @Test
    void whatIsGivenIsToldFromWhatIsNotByItsNameAndNotByItsValue() {
        Options options = options(Map.of("count", "7"));
        assertThat(options.isGiven("count")).isTrue();
        assertThat(options.isGiven("loud")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"loud,yes", "loud,ON", "count,1.5", "count,many", "skew,NaN", "skew,Infinity", "skew,x", "room,4KB",
        "room,-1"})
    void aTextThatItsKindDoesNotAllowIsRefusedWithOwnerAndKey(String key, String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(Map.of(key, text)))
                .withMessageContaining("workload test")
                .withMessageContaining(key + "=" + text);
    }

    @Test
    void anUnknownKeyIsRefusedAndTheKnownOnesAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(Map.of("colour", "red")))
                .withMessageContaining("workload test has no option 'colour'")
                .withMessageContaining("loud, count, skew, room, word");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Options("strategy none", List.of(), Map.of("x", "1")))
                .withMessageContaining("it has none");
    }

    @Test
    void anOwnerThatAsksForWhatItDidNotDeclareIsWrong() {
        assertThatIllegalStateException()
                .isThrownBy(() -> options(Map.of()).text("colour"))
                .withMessageContaining("colour");
    }
}
