package org.memvirt.runner.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.runner.usage.WrongUsage;

/** Scenarios that make no sense are refused as a whole, with line, column and what is allowed. */
class WrongScenariosTest {
    private static final String BEGINNING = """
            steps:
              - vm: {name: a, memory: 64M}
              - process: {vm: a, name: p}
              - map: {vm: a, process: p, start: 0x100000, size: 64K, rights: rw}
              - fork: {vm: a, process: p, child: q}
              - exit: {vm: a, process: q}
            """;

    private static final ScenarioCompiler.Inputs NOTHING_PLAYS = (workload, trace, accesses, seed) -> {
        throw new AssertionError("nothing plays");
    };

    @TempDir
    private Path folder;

    private Scenario read(String text, long hostMemory) throws IOException {
        Path file = folder.resolve("s.yaml");
        Files.writeString(file, text);
        return Scenarios.read(file.toString(), NOTHING_PLAYS, hostMemory, 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "- nap: {vm: a}                                               | 5 | a step has no 'nap'; it has vm, destroy",
        "- unmap: {vm: a, process: p, start: 0x100000, length: 4K}    | 49 | 'unmap' has no 'length'; it has vm, process",
        "- map: {vm: a, process: p, start: 0x108000, size: 64K}       | 5 | overlaps 0x100000 to 0x110000",
        "- unmap: {vm: a, process: p, start: 0x10f000, size: 8K}      | 5 | has nothing at 0x110000; it has 0x100000 to",
        "- touch: {vm: a, process: p, start: 0x200000, size: 4K}      | 5 | has nothing at 0x200000",
        "- fork: {vm: a, process: q, child: r}                        | 5 | process 'q' has ended, at",
        "- map: {vm: b, process: p, start: 0, size: 4K}               | 11 | there is no VM 'b'; there is a",
        "- map: {vm: a, process: z, start: 0, size: 4K}               | 18 | there is no process 'z'; there is p, q",
        "- map: {vm: a.1, process: p, start: 0, size: 4K}             | 11 | numbered from 0 to 0",
        "- map: {vm: a, process: p, start: 5, size: 4K}               | 30 | is no multiple of 4K",
        "- map: {vm: a, process: p, start: 10000000, size: 4K}        | 30 | is no address: write it in hex after 0x",
        "- map: {vm: a, process: p, start: 0x+1000, size: 4K}         | 30 | is no number",
        "- map: {vm: a, process: p, start: 0xffff800000000000, size: 4K} | 30 | beyond what a process can have",
        "- repeat: {times: 1M, steps: [repeat: {times: 1M, steps: []}]} | 33 | more than 1000000 steps",
        "- process: {vm: a, name: r, count: 10K, turn: 1}             | 43 | of a process that plays",
        "- process: {vm: a, name: r, trace: /none/x}                  | 31 | 'trace: /none/x' is no file",
        "- process: {vm: a, name: r, trace: '-'}                      | 31 | 'trace: -' is no file",
        "- vm: {name: c, memory: 2G}                                  | 19 | larger than the host's memory, which is 1G",
        "- vm: {name: c}                                              | 5 | 'vm' needs 'memory'",
        "- read-log: {vm: a}                                          | 5 | is not logged; 'log' begins that",
        "- log: {vm: a, by: magic}                                    | 18 | there is no way 'magic'",
        "- balloon: {vm: a, size: 1G}                                 | 22 | a balloon of 1G in a VM that has 64M",
        "- compact: {size: 3M}                                        | 15 | a piece that is cleared has 2M",
        "- migrate: {vm: a, rounds: 0}                                | 22 | it is 1 to 10000",
        "- swap: {vm: a, size: 1M}                                    | 12 | 'swap' has no 'vm'; it has size",
        "- thread: {vm: a, process: q, child: t}                      | 5 | process 'q' has ended, at",
        "- exit: {vm: a, process: q}                                  | 5 | process 'q' has ended, at",
        "- stack: {vm: a, process: p, end: 0x120000, size: 64K}       | 5 | overlaps 0x100000 to 0x110000",
        "- stack: {vm: a, process: p, end: 0x80000, size: 64K}        | 5 | there is no room for the gap",
        "- map: {vm: a, process: p, start: 0x200000, size: 4K, offset: 4K} | 57 | 'offset' is of an 'object'",
        "- run: {accesses: some}                                      | 11 | is no whole number",
        "- vm: {name: c, memory: \"${much}\"}                         | 19 | the scenario has no option 'much'"
    })
    void isToldWithItsPlace(String step, int column, String message) {
        assertThatExceptionOfType(WrongUsage.class)
                .isThrownBy(() -> read(BEGINNING + "  " + step + "\n", 1L << 30))
                .withMessageStartingWith(folder.resolve("s.yaml") + ":7:")
                .withMessageContaining(message)
                .withMessageMatching("(?s).*s\\.yaml:7:%d: .*".formatted(column));
    }

    @Test
    void theGapBelowAStackIsKept() throws IOException {
        String stack = BEGINNING + "  - stack: {vm: a, process: p, end: 0x4000000, size: 64K}\n";
        assertThatExceptionOfType(WrongUsage.class)
                .isThrownBy(() -> read(stack + "  - map: {vm: a, process: p, start: 0x3f00000, size: 4K}\n", -1))
                .withMessageContaining("s.yaml:8:5: ")
                .withMessageContaining("lies in the gap of 1M below the stack");
        assertThat(read(stack + "  - map: {vm: a, process: p, start: 0x3e00000, size: 4K}\n", -1).actions()).hasSize(6);
    }

    @Test
    void whatALogForbidsIsTold() {
        assertThatExceptionOfType(WrongUsage.class)
                .isThrownBy(() -> read(BEGINNING + """
                          - log: {vm: a}
                          - dissolve: {vm: a}
                        """, -1))
                .withMessageMatching("(?s).*s\\.yaml:8:5: .*is logged since .*s\\.yaml:7:5.*");
    }

    @Test
    void whatIsRightIsTaken() throws IOException {
        Scenario scenario = read(BEGINNING + """
                  - unmap: {vm: a, process: p, start: 0x104000, size: 4K}
                  - map: {vm: a, process: p, start: 0x104000, size: 4K, rights: r}
                  - destroy: {vm: a}
                """, 1L << 30);
        assertThat(scenario.actions()).hasSize(7);
        assertThat(scenario.firstMemory()).isEqualTo(64L << 20);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "step: []          | :1:1: a scenario has no 'step'; it has description, options",
        "description: none | :1:1: a scenario has 'steps'",
        "steps: []         | there are no steps",
        "steps: 3          | 'steps' is a list",
        "steps: [          | it is no YAML"
    })
    void aFileThatIsNoScenarioIsRefused(String text, String message) {
        assertThatExceptionOfType(WrongUsage.class)
                .isThrownBy(() -> read(text + "\n", -1))
                .withMessageContaining(message);
    }

    @Test
    void processesWithoutNumberAreRefusedBeforeTheyAreMade() {
        String many = "  - vm: {name: c, count: 10000, memory: 4K}\n  - process: {vm: c, name: r, count: 10000}\n";
        assertThatExceptionOfType(WrongUsage.class)
                .isThrownBy(() -> read(BEGINNING + many, -1))
                .withMessageContaining("s.yaml:8:5: the scenario has more than 1000000 steps");
    }

    @Test
    void anotherEncodingIsNamedWithItsPlace() throws IOException {
        Path file = folder.resolve("s.yaml");
        Files.write(file, "steps: []\ndescription: gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatExceptionOfType(WrongUsage.class)
                .isThrownBy(() -> Scenarios.read(file.toString(), NOTHING_PLAYS, -1, 1))
                .withMessageContaining("s.yaml:2:16: byte 0xfc is no UTF-8");
        Files.write(file, "steps: []\n".getBytes(StandardCharsets.UTF_16LE));
        assertThatExceptionOfType(WrongUsage.class)
                .isThrownBy(() -> Scenarios.read(file.toString(), NOTHING_PLAYS, -1, 1))
                .withMessageContaining("s.yaml:1:1: the file is in UTF-16");
    }
}
