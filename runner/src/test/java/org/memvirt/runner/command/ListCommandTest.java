package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memvirt.api.workload.WorkloadProvider;
import org.memvirt.runner.plugin.JarMaker;
import tools.jackson.databind.JsonNode;

class ListCommandTest {
    @TempDir
    private Path folder;

    private void jar(String jarName, String className, String name) throws IOException {
        JarMaker.jar(folder, jarName, WorkloadProvider.class, className, JarMaker.workload(className, name));
    }

    @Test
    void listsWhatCanBeChosen() {
        String list = CommandLineRun.of("list").out();
        assertThat(list)
                .contains("x86-64", "ept", "reference", "nested", "static", "native", "vm-tags=on", "zipf", "skew=0.99")
                .contains("lackey", "binary", "x5570", "source: ");
        assertThat(list.lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void jsonHasItAll() {
        JsonNode list = CommandLineRun.of("list", "--json").json();
        assertThat(list.propertyNames())
                .containsExactly(
                        "mmus", "formats", "tlbs", "strategies", "workloads", "scenarios", "traceFormats", "costModels",
                        "jars",
                        "brokenJars");
        assertThat(mmu(list, "x86").at("/formats/0/pages").toString()).contains("4K");
        assertThat(mmu(list, "mips-tlb").get("formats").findValuesAsString("name"))
                .contains("linux-mips32", "linux-mips64");
        assertThat(mmu(list, "mips-tlb").get("tlbs").findValuesAsString("name"))
                .containsExactly("24kf", "34kf", "4kc", "5kec", "mips64r2");
        assertThat(list.at("/strategies").toString()).contains("\"vm-tags\"");
    }

    private static JsonNode mmu(JsonNode list, String name) {
        return list.get("mmus")
                .valueStream()
                .filter(mmu -> mmu.get("name").asString().equals(name))
                .findAny()
                .orElseThrow();
    }

    @Test
    void plugInsAreListedWithTheirJarAndTheBrokenWithTheReason() throws IOException {
        jar("mine.jar", "Mine", "my-workload");
        Files.writeString(folder.resolve("bad.jar"), "no zip");
        CommandLineRun run = CommandLineRun.of("list", "--plugins", folder.toString());
        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("my-workload", "[mine.jar]", "bad.jar", "no readable jar");
    }

    @Test
    void aPlugInRunsAndABrokenOneIsTold() throws IOException {
        jar("mine.jar", "Mine", "my-workload");
        Files.writeString(folder.resolve("bad.jar"), "no zip");
        CommandLineRun run =
                CommandLineRun.of("run", "--plugins", folder.toString(), "--workload", "my-workload", "--json");
        assertThat(run.status()).isZero();
        assertThat(run.err()).contains("bad.jar cannot be used");
        assertThat(run.json().get("accesses").longValue()).isEqualTo(1);
    }

    @Test
    void twoOfOneNameAreAnError() throws IOException {
        jar("a.jar", "A", "mine");
        jar("b.jar", "B", "mine");
        CommandLineRun run = CommandLineRun.of("list", "--plugins", folder.toString());
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("a.jar", "b.jar", "'mine'");
    }

    @Test
    void whatIsAskedForIsListedAlone() {
        String tlbs = CommandLineRun.of("list", "tlbs").out();
        assertThat(tlbs).contains("TLBs of x86 (--tlb)", "nehalem").doesNotContain("MMU (--mmu)", "Strategies", "ept5");
        assertThat(CommandLineRun.of("list", "strategies", "workloads").out())
                .contains("Strategies (--vmm)", "Workloads (--workload)")
                .doesNotContain("TLBs of", "Trace formats");
        assertThat(CommandLineRun.of("list", "mmus").out()).contains("MMU (--mmu)").doesNotContain("TLBs of");
    }

    @Test
    void whatIsAskedForIsListedAloneInJson() {
        JsonNode list = CommandLineRun.of("list", "--json", "walk-caches").json();
        assertThat(list.at("/mmus/0/walkCaches")).isNotEmpty();
        assertThat(list.at("/mmus/0/tlbs")).isEmpty();
        assertThat(list.get("strategies")).isEmpty();
    }

    @Test
    void allPartsTogetherAreTheWholeList() {
        String[] all = Stream.concat(Stream.of("list"), ListedPart.ALL.stream().map(ListedPart::word))
                .toArray(String[]::new);
        assertThat(CommandLineRun.of(all).out()).isEqualTo(CommandLineRun.of("list").out());
    }

    @Test
    void anUnknownPartIsRefusedWithTheNearest() {
        CommandLineRun run = CommandLineRun.of("list", "tlb");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("list tlb: there is no such list; there is tlbs, ");
    }
}
