package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results as CSV can be put one under the other, whatever was run. */
class CsvResultsTest {
    @TempDir
    private Path folder;

    private List<String> csv(String command, String... more) {
        List<String> arguments = new ArrayList<>(List.of(command, "--csv", "-", "--quiet"));
        arguments.addAll(List.of(more));
        CommandLineRun run = CommandLineRun.of(arguments.toArray(String[]::new));
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out().lines().toList();
    }

    @Test
    void theColumnsAreTheSameWhateverWasRun() throws IOException {
        Path trace = Files.writeString(folder.resolve("t.lackey"), " L 00001000,8\n S 00002000,8\nI  00400000,4\n");
        String[] uniform = {"--workload", "uniform:footprint=1M,base=16M", "--accesses", "1000"};
        List<String> plain = csv("run", "--trace", trace.toString());
        assertThat(plain).hasSize(2);
        for (String[] options : new String[][] {
            {"--vmm", "native"}, {"--vmm", "shadow"}, {"--vmm", "static"},
            {"--guest-pages", "2M", "--host-pages", "1G"},
            {"--guest-tags", "6", "--guest-flush-ceiling", "33", "--guest-free-tables", "--guest-collapse", "100"},
            {"--guest-pages", "thp", "--passes", "3"}, {"--format", "pae"}, {"--format", "x86-64-la57"},
            {"--tlb", "zen2", "--walk-cache", "amd-16h"}, {"--walk-cache", "none", "--nested-tlb", "none"},
            {"--processes", "2", "--slice", "10"}, {"--prefault", "--audit", "--skip-outside"},
            {"--guest-kernel", "free", "--vm-tags", "off"}, {"--cost-model", "zen", "--seed", "7"},
        }) {
            List<String> all = new ArrayList<>(List.of(uniform));
            all.addAll(List.of(options));
            assertThat(csv("run", all.toArray(String[]::new)).getFirst()).isEqualTo(plain.getFirst());
        }
        assertThat(csv("run", "--trace", trace.toString(), "--trace-format", "lackey", "--skip-bad-lines", "1",
                "--accesses", "2").getFirst()).isEqualTo(plain.getFirst());
        assertThat(csv("compare", uniform)).hasSize(5).first().isEqualTo(plain.getFirst());
    }
}
