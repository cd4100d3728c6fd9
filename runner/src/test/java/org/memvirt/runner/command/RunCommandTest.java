package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.runner.command.CommandLineRun.assertRefused;
import static org.memvirt.runner.command.CommandLineRun.small;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

class RunCommandTest {
    private static final String SMALL = "uniform:footprint=1M";

    @TempDir
    private Path folder;

    private String trace(String text) throws IOException {
        return Files.writeString(folder.resolve("t.lackey"), text).toString();
    }

    /** Caches and walks know the addresses without tags; instructions have none. */
    @ParameterizedTest
    @CsvSource({"lam-user=57, 57, native", "lam-user=48, 48, nested", "uai=on, 57, nested", "lam-user=57, 57, static"})
    void tagsInPointersChangeNothing(String option, int shift, String vmm) throws IOException {
        StringBuilder plain = new StringBuilder();
        StringBuilder tagged = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            long address = 0x40_0000 + i * 0x9e3779b1L % 0x60_0000 & -8;
            long tag = i % 60L << shift;
            plain.append(" %s %x,8%n".formatted(i % 3 == 0 ? "S" : "L", address));
            tagged.append(" %s %x,8%n".formatted(i % 3 == 0 ? "S" : "L", address | tag));
        }
        plain.append("I  00400000,4\n");
        tagged.append("I  00400000,4\n");
        String format = "x86-64:" + option;
        JsonNode expected = withoutTimes(CommandLineRun.of(
                "run", "--trace", trace(plain.toString()), "--format", format, "--vmm", vmm, "--json", "--passes", "2")
                .json());
        CommandLineRun run = CommandLineRun.of(
                "run", "--trace", trace(tagged.toString()), "--format", format, "--vmm", vmm, "--json", "--passes",
                "2");
        assertThat(run.err()).isEmpty();
        assertThat(withoutTimes(run.json()).toString()).isEqualTo(expected.toString());
        assertThat(CommandLineRun.of("run", "--trace", trace(tagged.toString()), "--vmm", vmm).err())
                .as("without the option")
                .contains("is not one that x86-64 translates");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            x86 | cr0=0x80050033,cr4=0x750ef0,efer=0xd01
            arm | sctlr_el1=0x1,tcr_el1=0x1585103510
            arm | sctlr_el1=0x1,tcr_el1=0x585103510,hcr_el2=0x1,vtcr_el2=0x57552
            """)
    void registersChooseTheFormats(String mmu, String registers) {
        CommandLineRun run = CommandLineRun.of(
                "run", "--mmu", mmu, "--registers", registers, "--workload", SMALL, "--accesses", "2000", "--processes",
                "2", "--slice", "100");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("strategy nested:vm-tags=on, registers " + registers + ", ")
                .containsPattern("accesses +4,000");
    }

    /** One of them is the kernel's. */
    @ParameterizedTest
    @CsvSource({"8, 255", "16, 65535"})
    void tagsAreAsWideAsTheFormatSays(int bits, int tags) {
        assertRefused(
                CommandLineRun.of(
                        "run", "--mmu", "arm", "--format", "aarch64-4k:asid-bits=" + bits, "--guest-tags", "70000",
                        "--workload", SMALL),
                2,
                "hardware has " + tags + " besides the kernel's");
    }

    @Test
    void registersThatNoKernelCanHaveAreRefused() {
        assertRefused(
                CommandLineRun.of(
                        "run", "--mmu", "arm", "--registers", "sctlr_el1=0x1,tcr_el1=0x5f5103510", "--workload", SMALL),
                2,
                "the granule of TTBR0's tables is 4k, that of TTBR1's 64k");
    }

    @Test
    void twoRunsOfOneConfigurationDifferInTimesAlone() {
        JsonNode once = withoutTimes(small("--json", "--vmm", "nested").json());
        assertThat(withoutTimes(small("--json", "--vmm", "nested").json()).toString()).isEqualTo(once.toString());
        assertThat(withoutTimes(small("--json", "--seed", "2").json()).toString()).isNotEqualTo(once.toString());
    }

    @Test
    void theConfigOfAResultRunsItAgain() throws IOException {
        JsonNode once = small("--json", "--vmm", "nested:vm-tags=off", "--guest-pages", "thp", "--passes", "2").json();
        Path config = Files.writeString(folder.resolve("c.json"), once.get("config").toString());
        CommandLineRun again = CommandLineRun.of("run", "--config", config.toString(), "--json");
        assertThat(again.err()).isEmpty();
        assertThat(withoutTimes(again.json()).toString()).isEqualTo(withoutTimes(once).toString());
    }

    private static JsonNode withoutTimes(JsonNode result) {
        ObjectNode copy = (ObjectNode) result.deepCopy();
        copy.remove("elapsedSeconds");
        copy.remove("accessesPerSecond");
        copy.remove("inputSeconds");
        copy.remove("passes");
        return copy;
    }

    @Test
    void everythingIsResolvedInTheConfig() {
        JsonNode config = small("--json").json().get("config");
        assertThat(config.propertyNames())
                .contains(
                        "mmu", "format", "second-stage", "vmm", "tlb", "walk-cache", "nested-tlb", "guest-kernel",
                        "guest-pages", "host-pages", "guest-memory", "host-memory", "cost-model", "seed", "workload",
                        "accesses", "passes", "prefault");
        assertThat(config.get("workload").asString()).isEqualTo("uniform:footprint=1M,writes=0,base=16T");
        assertThat(config.get("vmm").asString()).isEqualTo("nested:vm-tags=on");
    }

    @Test
    void resultsGoWhereTheyAreAskedFor() throws IOException {
        Path json = folder.resolve("r.json");
        Path csv = folder.resolve("r.csv");
        CommandLineRun run = small("--json", json.toString(), "--csv", csv.toString());
        assertThat(run.out()).contains("Address translation");
        assertThat(new ObjectMapper().readTree(Files.readString(json)).get("accesses").longValue()).isEqualTo(1000);
        assertThat(Files.readAllLines(csv)).hasSize(2);
        assertThat(small("--quiet", "--csv", csv.toString()).out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000", "1_000", "1e3", "1K"})
    void countsMayHaveSuffixes(String count) {
        JsonNode result = CommandLineRun.of(
                "run", "--workload", SMALL, "--accesses", count, "--processes", "2", "--slice", count, "--json").json();
        assertThat(result.get("accesses").longValue()).isEqualTo(2000);
        assertThat(result.at("/config/accesses").longValue()).isEqualTo(1000);
        assertThat(result.at("/config/slice").longValue()).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource({"1G, 1G, 4", "1G, 4K, 9", "2M, 1G, 40", "thp, 4K, 4"})
    void memoryByDefaultIsWhatTheWorkloadNeeds(String guestPages, String hostPages, String processes) {
        CommandLineRun run = small(
                "--guest-pages", guestPages, "--host-pages", hostPages, "--processes", processes, "--slice", "10",
                "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
    }

    @Test
    void theAuditSaysThatItPassed() {
        CommandLineRun run = small("--audit", "--json");
        assertThat(run.status()).isZero();
        assertThat(run.err()).contains("audit passed");
        assertThat(run.json().at("/audit/passed").booleanValue()).isTrue();
    }

    @Test
    void secondStageOptionsApplyToThoseStrategiesThatHaveOne() {
        CommandLineRun run = CommandLineRun.of(
                "compare", "--workload", SMALL, "--accesses", "1000", "--vmm", "native,nested,nested:vm-tags=off",
                "--second-stage", "npt", "--json");
        assertThat(run.status()).isZero();
        assertThat(run.json().at("/results/0/config").has("second-stage")).isFalse();
        assertThat(run.json().at("/results/1/config/second-stage").asString()).startsWith("npt");
        assertThat(run.json().at("/results/2/config/vmm").asString()).isEqualTo("nested:vm-tags=off");
    }

    @Test
    void helpAndVersionAreResults() {
        assertThat(CommandLineRun.of("--help").out()).contains("Usage: memvirt", "compare");
        assertThat(CommandLineRun.of("run", "--help").out()).contains("--walk-cache", "--trace");
        assertThat(CommandLineRun.of("--version").out()).startsWith("memvirt ");
        assertThat(CommandLineRun.of("--version").status()).isZero();
        assertRefused(CommandLineRun.of(), 2, "which command");
        assertRefused(CommandLineRun.of("trace"), 2, "which command");
        assertThat(CommandLineRun.of("rnu").status()).isEqualTo(2);
        assertThat(CommandLineRun.of("rnu").err()).contains("there is no command 'rnu'; there is run, ");
    }
}
