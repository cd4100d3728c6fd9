package org.memvirt.runner.usage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuotedTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "there is no such file", "/some/fold\u00e9r/t.lackey, line 7: 'x $1 \\ y': expected"})
    void whatIsFitStays(String message) {
        assertThat(Quoted.fit(message)).isEqualTo(message);
    }

    @Test
    void controlCharactersDoNotReachTheTerminal() {
        assertThat(Quoted.fit("a\u001b[31mred\u0007 \u202eb\u2066 \0")).isEqualTo("a?[31mred? ?b? ?");
        assertThat(Quoted.fit("one\r\n  two\nthree")).isEqualTo("one two three");
    }

    @Test
    void aLongWordIsShownByItsBeginningAndEnd() {
        String fit = Quoted.fit("register cr3=" + "A".repeat(5000) + "Z: too long");
        assertThat(fit).startsWith("register cr3=AAAA").endsWith("AAZ: too long").hasSizeLessThan(260)
                .contains("...(4826 characters left out)...");
    }

    @Test
    void aLongQuotationIsShownByItsBeginningAndEnd() {
        assertThat(Quoted.fit("line 1: '" + "$ \\1 ".repeat(1000) + "' is none")).startsWith("line 1: '$ \\1 ")
                .endsWith("' is none").hasSizeLessThan(280);
        String both = "'" + "a b ".repeat(49) + "' and '" + "c d ".repeat(49) + "'";
        assertThat(Quoted.fit(both)).isEqualTo(both);
    }

    @Test
    void aMessageOfManyWordsIsCut() {
        assertThat(Quoted.fit("word ".repeat(100_000))).endsWith("... (498500 more characters)").hasSizeLessThan(1600);
    }
}
