package org.memvirt.runner.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.runner.command.CommandLineRun;

/** A guest that writes is copied while it runs, under each strategy that lets its host log stores, in each way. */
class LiveMigrationTest {
    private static final String SMALL = "live-migration:footprint=4M,accesses=200K,before=20K,threshold=16,by=";
    private static final Pattern ROUNDS = Pattern.compile("\"rounds\" : \\[([^\\]]*)\\]");

    @TempDir
    private Path folder;

    private static CommandLineRun run(String by, List<String> machine) {
        List<String> arguments = new ArrayList<>(List.of("run", "--scenario", SMALL + by, "--audit", "--json"));
        arguments.addAll(machine);
        return CommandLineRun.of(arguments.toArray(String[]::new));
    }

    private static List<Long> rounds(CommandLineRun run) {
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).contains("\"identical\" : true");
        Matcher rounds = ROUNDS.matcher(run.out());
        assertThat(rounds.find()).isTrue();
        List<Long> granules = new ArrayList<>();
        for (String number : rounds.group(1).split(",")) {
            granules.add(Long.parseLong(number.strip()));
        }
        return granules;
    }

    @ParameterizedTest
    @CsvSource({
        "x86, nested, ept:ad=on, 4K",
        "x86, nested, npt, 2M",
        "arm, nested, aarch64-s2-4k, 2M",
    })
    void threeWaysToLogAgree(String mmu, String vmm, String secondStage, String hostPages) {
        List<String> machine = List.of("--mmu", mmu, "--vmm", vmm, "--second-stage", secondStage, "--host-pages",
                hostPages);
        List<Long> byProtection = rounds(run("write-protect", machine));
        assertThat(byProtection).hasSizeGreaterThan(2);
        assertThat(byProtection.getFirst()).isGreaterThan(1000);
        assertThat(byProtection.getLast()).isLessThanOrEqualTo(16);
        assertThat(rounds(run("dirty-bits", machine))).isEqualTo(byProtection);
        assertThat(rounds(run("page-log", machine))).isEqualTo(byProtection);
    }

    @ParameterizedTest
    @CsvSource({"x86, shadow", "arm, shadow", "mips-tlb, shadow", "mips-tlb, nested"})
    void theCopyIsTheMemoryAtTheStop(String mmu, String vmm) {
        assertThat(rounds(run("write-protect", List.of("--mmu", mmu, "--vmm", vmm)))).hasSizeGreaterThan(2);
    }

    @Test
    void theTableShowsTheRounds() {
        CommandLineRun run = CommandLineRun.of("run", "--scenario", SMALL + "write-protect");
        assertThat(run.out())
                .contains("Migration of VM 1, by write-protect: the copy is the guest's memory at the stop")
                .containsPattern("\n  round +granules +bytes +of the first\n  1 ")
                .containsPattern("\n  stopped +\\d+ ");
    }

    @Test
    void whatHardwareCannotLogIsToldBeforeAnythingRuns() {
        CommandLineRun run = run("dirty-bits", List.of("--vmm", "shadow"));
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("live-migration:7:5: strategy 'shadow': ").contains("dirty bits");
        assertThat(run.out()).isEmpty();
        assertThat(run("write-protect", List.of("--dirty-log", "write-protect")).err())
                .contains("leave out --dirty-log");
    }

    @Test
    void rangesThatAreNotOfPagesOfTheGuestAreToldBeforeAnythingRuns() throws IOException {
        Path file = Files.writeString(folder.resolve("s.yaml"), """
                steps:
                  - vm: {name: a, memory: 64M}
                  - process: {vm: a, name: p}
                  - map: {vm: a, process: p, start: 0x100000, size: 64K}
                  - map: {vm: a, process: p, start: 0x200000, size: 4K}
                """);
        CommandLineRun run = CommandLineRun.of("run", "--scenario", file.toString(), "--mmu", "arm", "--format",
                "aarch64-64k", "--vmm", "native");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("s.yaml:5:5: 0x200000 to 0x201000 is not made of pages of 64K");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void logsAreReadStepByStep() throws IOException {
        Path file = Files.writeString(folder.resolve("s.yaml"), """
                steps:
                  - vm: {name: a, memory: 64M}
                  - process: {vm: a, name: p}
                  - map: {vm: a, process: p, start: 0x1000000, size: 1M, rights: rw}
                  - touch: {vm: a, process: p, start: 0x1000000, size: 1M}
                  - log: {vm: a, by: write-protect}
                  - touch: {vm: a, process: p, start: 0x1000000, size: 40K}
                  - read-log: {vm: a}
                  - touch: {vm: a, process: p, start: 0x1000000, size: 1M, rights: r}
                  - read-log: {vm: a}
                  - end-log: {vm: a}
                  - dissolve: {vm: a}
                  - collapse: {vm: a}
                  - compact: {}
                """);
        for (String vmm : List.of("shadow", "nested")) {
            CommandLineRun run = CommandLineRun.of("run", "--scenario", file.toString(), "--vmm", vmm,
                    "--host-pages", "2M", "--guest-kernel", "free", "--audit", "--json");
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out()).containsPattern(
                    "(?s)\"logReadings\" : \\[.*\"dirty\" : 10\n.*\"dirty\" : 0\n.*\"migrations\"");
        }
    }
}
