package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.architecture.RecordedStep;

class EventLogTest {
    private static RecordedStep read(String line) {
        RecordedStep step = new MipsArchitecture().readEvent(line);
        assertThat(step).isNotNull();
        return step;
    }

    @Test
    void instructionsAreRead() {
        assertThat(read("I f 80002000 1 2 6000"))
                .isEqualTo(new RecordedStep(
                        "tlbwi",
                        Map.of("index", "0xf", "entryhi", "0x80002000", "entrylo0", "0x1", "entrylo1", "0x2",
                                "pagemask",
                                "0x6000"),
                        Map.of(),
                        false));
        RecordedStep random = read("W a 80002000 1 2 6000 3");
        assertThat(random.operation()).isEqualTo("tlbwr");
        assertThat(random.operands()).containsEntry("index", "0xa").containsEntry("wired", "0x3").hasSize(6);
        assertThat(read("P 5a 7"))
                .isEqualTo(new RecordedStep(
                        "tlbp", Map.of("entryhi", "0x5a"), Map.of("index", "0x7", "probeFailed", "false"), false));
        assertThat(read("P 5a 80000007").expected()).isEqualTo(Map.of("probeFailed", "true"));
        assertThat(read("R 3 5a 1 2 0"))
                .isEqualTo(new RecordedStep(
                        "tlbr",
                        Map.of("index", "0x3"),
                        Map.of("entryhi", "0x5a", "entrylo0", "0x1", "entrylo1", "0x2", "pagemask", "0x0"),
                        false));
    }

    @Test
    void accessesAreRead() {
        assertThat(read("A l u 401000 81000 7 11"))
                .isEqualTo(new RecordedStep(
                        "load",
                        Map.of("va", "0x401000", "asid", "0x7", "mode", "user", "exl", "false", "erl", "false", "bytes",
                                "1"),
                        Map.of("pa", "0x81000"),
                        false));
        assertThat(read("A s k 401000 81000 7 13").operation()).isEqualTo("store");
        assertThat(read("A s k 401000 81000 7 13").operands()).containsEntry("exl", "true").containsEntry("mode",
                "kernel");
        assertThat(read("A f e 401000 401000 7 4").operands()).containsEntry("erl", "true").containsEntry("mode",
                "kernel");
        assertThat(read("A f s 401000 401000 7 8").operands()).containsEntry("mode", "supervisor");
        assertThat(read("A f s 401000 401000 7 8").isAccess()).isTrue();
        assertThat(read("P 5a 7").isAccess()).isFalse();
    }

    @Test
    void exceptionsAreRead() {
        assertThat(read("X 3 180 s k 3 c0000003 c0000010 600000"))
                .isEqualTo(new RecordedStep(
                        "store",
                        Map.of("va", "0xc0000003", "asid", "0x10", "context", "0x600000", "mode", "kernel", "exl",
                                "true",
                                "erl", "false", "bytes", "1"),
                        Map.of("exception.code", "3", "exception.vector", "0x180", "exception.badvaddr", "0xc0000003",
                                "exception.entryhi", "0xc0000010", "exception.context", "0x600000"),
                        false));
        RecordedStep untold = read("X 2 0 - - - 630b10 630001 3180 8012345c");
        assertThat(untold.operation()).isEqualTo("load");
        assertThat(untold.operands()).containsEntry("mode", "user").doesNotContainKey("exl");
        assertThat(read("X 2 0 - - - c0000000 c0000001 0").operands()).containsEntry("mode", "kernel");
        RecordedStep error = read("X 5 180 s u 10 401002 1 0");
        assertThat(error.operands()).containsEntry("bytes", "8");
        assertThat(error.expected())
                .isEqualTo(Map.of(
                        "exception.code", "5", "exception.vector", "0x180", "exception.badvaddr", "0x401002"));
        assertThat(read("X 4 180 l u 10 401002 1 0").operands()).containsEntry("bytes", "8");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            I 0 1 2 3                   | should have 6 words, separated by one space each
            W 0 1 2 3 4                 | should have 7 words
            P 1                         | should have 3 words
            R 0                         | should have 6 words
            A l u 1 2 3                 | should have 7 words
            X 2 0 l u 10 1 2            | should have 10 words
            P 1 x                       | should have a hexadecimal number, not 'x'
            A m u 1 2 3 4               | should have a type of access: l, s or f, not 'm'
            A l x 1 2 3 4               | should have a mode: u, s, k or e, not 'x'
            X 2x 0 l u 10 1 2 3         | should have the code of an exception in decimal, not '2x'
            """)
    void anEventThatIsWrongIsNamed(String line, String message) {
        assertThatThrownBy(() -> EventLog.read(line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the event '" + line + "'")
                .hasMessageContaining(message);
    }

    @Test
    void otherLinesAreNone() {
        assertThat(EventLog.read("")).isNull();
        assertThat(EventLog.read(" ")).isNull();
        assertThat(EventLog.read("   ")).isNull();
        assertThat(EventLog.read("{\"schema\":1}")).isNull();
        assertThat(EventLog.read("Index 1")).isNull();
        assertThat(EventLog.read(" L 04222c4c,8")).isNull();
    }
}
