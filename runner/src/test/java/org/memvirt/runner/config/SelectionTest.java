package org.memvirt.runner.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.option.Option;
import org.memvirt.runner.usage.WrongUsage;

class SelectionTest {
    private static final List<Option> OPTIONS = List.of(
            new Option("size", Option.Kind.SIZE, "1G", "how large"),
            new Option("fast", Option.Kind.SWITCH, "off", "whether fast"));

    @Test
    void readsANameWithAndWithoutOptions() {
        assertThat(Selection.parse("--x", "zipf")).isEqualTo(new Selection("zipf", Map.of()));
        assertThat(Selection.parse("--x", "zipf:size=1G,skew=2"))
                .isEqualTo(new Selection("zipf", Map.of("size", "1G", "skew", "2")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":a=b", "a:", "a:b", "a:=b", "a:b=c,", "a:b=1,b=2"})
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> Selection.parse("--vmm", text))
                .isInstanceOf(WrongUsage.class)
                .hasMessageStartingWith("--vmm");
    }

    @Test
    void readsSeveralOfWhichSomeHaveOptions() {
        assertThat(Selection.parseList("--vmm", "native,nested:vm-tags=off,eager=on,static"))
                .containsExactly(
                        new Selection("native", Map.of()),
                        new Selection("nested", Map.of("vm-tags", "off", "eager", "on")),
                        new Selection("static", Map.of()));
    }

    @Test
    void resolvedHasEveryOptionInTheOrderOfDeclaration() {
        Selection selection = Selection.parse("--x", "thing:fast=on");
        assertThat(selection.resolved(OPTIONS, selection.values("--x", "thing", OPTIONS)))
                .isEqualTo("thing:size=1G,fast=on");
        assertThat(selection.with("a", "b").options()).containsEntry("a", "b").containsEntry("fast", "on");
        Selection bare = Selection.parse("--x", "bare");
        assertThat(bare.resolved(List.of(), bare.values("--x", "thing", List.of()))).isEqualTo("bare");
    }

    @Test
    void wrongOptionsAreWrongUsage() {
        assertThatThrownBy(() -> Selection.parse("--x", "thing:slow=on").values("--x", "kind", OPTIONS))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("kind thing has no option 'slow'");
        assertThatThrownBy(() -> Selection.parse("--x", "thing:size=big").values("--x", "kind", OPTIONS))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("size=big");
    }
}
