package org.memvirt.runner.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class ConfigFileTest {
    private static final Set<String> KNOWN =
            Set.of("vmm", "trace", "trace-format", "skip-bad-lines", "workload", "passes", "prefault", "json");

    private static final Set<String> OWN = Set.of("vmm", "workload", "prefault");

    @TempDir
    private Path folder;

    @Command
    private static final class Target {
        @Option(names = "--vmm")
        @Nullable String vmm;

        @Option(names = "--trace")
        @Nullable String trace;

        @Option(names = "--workload")
        @Nullable String workload;

        @Option(names = "--passes", defaultValue = "1")
        int passes;

        @Option(names = "--prefault", arity = "0..1", fallbackValue = "true", defaultValue = "false")
        boolean prefault;

        @Option(names = "--json", arity = "0..1", fallbackValue = "-")
        @Nullable String json;
    }

    private ConfigFile read(String yaml) throws IOException {
        return ConfigFile.read(Files.writeString(folder.resolve("c.yaml"), yaml), KNOWN, OWN);
    }

    private static Target parse(ConfigFile file, String... arguments) {
        Target target = new Target();
        new CommandLine(target).setDefaultValueProvider(file).parseArgs(arguments);
        return target;
    }

    @Test
    void theFileIsTheDefaultAndTheCommandLineWins() throws IOException {
        ConfigFile file = read("vmm: native\npasses: 3\nprefault: true\n");
        Target target = parse(file, "--passes", "5");
        assertThat(target.vmm).isEqualTo("native");
        assertThat(target.passes).isEqualTo(5);
        assertThat(target.prefault).isTrue();
        assertThat(parse(file, "--prefault=false").prefault).isFalse();
        assertThat(parse(file, "--prefault").prefault).isTrue();
    }

    @Test
    void valuesThatAreNotThereAreNotGiven() throws IOException {
        Target target = parse(read("vmm:\n"));
        assertThat(target.vmm).isNull();
        assertThat(target.passes).isEqualTo(1);
        assertThat(parse(read("")).passes).isEqualTo(1);
    }

    @Test
    void onAndOffStayWords() throws IOException {
        assertThat(parse(read("vmm: on\n")).vmm).isEqualTo("on");
        assertThat(parse(read("vmm: off\n")).vmm).isEqualTo("off");
    }

    @Test
    void aListIsJoinedByCommas() throws IOException {
        assertThat(parse(read("vmm: [native, 'nested:vm-tags=off']\n")).vmm).isEqualTo("native,nested:vm-tags=off");
    }

    @Test
    void trueMeansAnOptionThatStandsAlone() throws IOException {
        assertThat(parse(read("json: true\n")).json).isEqualTo("-");
        assertThat(parse(read("json: false\n")).json).isNull();
        assertThat(parse(read("json: out.json\n")).json).isEqualTo("out.json");
    }

    @Test
    void jsonIsYaml() throws IOException {
        assertThat(parse(read("{\"vmm\": \"static\", \"passes\": 2}")).passes).isEqualTo(2);
    }

    @Test
    void anotherKindOfInputOnTheCommandLineReplacesThatOfTheFile() throws IOException {
        ConfigFile file = read("trace: a.lackey\nskip-bad-lines: 3\nvmm: native\n");
        file.yieldTo(false, true);
        assertThat(parse(file, "--workload", "zipf").trace).isNull();
        ConfigFile other = read("workload: zipf\n");
        other.yieldTo(true, false);
        assertThat(parse(other, "--trace", "x").workload).isNull();
    }

    @Test
    void anUnknownKeyIsRefusedWithTheNearestOfTheCommandsOwn() {
        assertThatThrownBy(() -> read("vmm: native\nprefualt: true\n"))
                .isInstanceOf(WrongUsage.class)
                .hasMessageEndingWith("c.yaml:2:1: there is no option 'prefualt'; the nearest is 'prefault'");
        // Nearer is one of another command.
        assertThatThrownBy(() -> read("passses: 3\n")).hasMessageContaining("the nearest is 'prefault'");
    }

    @Test
    void whereAValueStandsIsKnown() throws IOException {
        ConfigFile file = read("# head\nvmm: native\n\npasses:   3\n");
        assertThat(file.placeOf("vmm")).endsWith("c.yaml:2:1");
        assertThat(file.placeOf("passes")).endsWith("c.yaml:4:1");
        assertThat(file.placeOf("trace")).isNull();
    }

    @Test
    void numbersStayAsTheyAreWritten() throws IOException {
        assertThat(parse(read("vmm: 1_000_000\n")).vmm).isEqualTo("1_000_000");
        assertThat(parse(read("vmm: 0x10\n")).vmm).isEqualTo("0x10");
        assertThat(parse(read("vmm: 1e6\n")).vmm).isEqualTo("1e6");
        assertThat(parse(read("\ufeffvmm: '\u00e9'\n")).vmm).isEqualTo("\u00e9");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[a, b]|1:1: it is no list", "just words|1:1: it is no list", "vmm: {name: nested}|1:6: vmm has names",
                "vmm: [[a]]|1:7: vmm has a list", "vmm: [{a: b}]|1:7: vmm has names",
                "vmm: [|1:7: it is no YAML: while parsing a flow node, expected the node content",
                "a: b: c|1:5: it is no YAML: mapping values are not allowed here",
                "vmm: a%nvmm: b|2:1: vmm is there twice",
                "vmm: a%n---%nvmm: b|a second document", "'vmm: \"'|it is no YAML: ",
                "vmm: &x a%nworkload: *x|2:11: workload is an alias",
            })
    void whatIsNoListOfOptionsIsRefusedWithItsPlace(String yaml, String message) {
        assertThatThrownBy(() -> read(yaml.formatted() + "\n"))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("c.yaml:")
                .hasMessageContaining(message)
                .hasMessageNotContainingAny("Exception", "JsonToken", "jackson");
    }

    @Test
    void aTabIsNamedWithItsPlace() {
        assertThatThrownBy(() -> read("\tvmm: a\n")).hasMessageContaining("c.yaml:1:1: it is no YAML: ");
    }

    @Test
    void whatIsTooLargeIsRefusedAtOnce() {
        assertThatThrownBy(() -> read("#" + "x".repeat(20_000_000))).hasMessageContaining("more than 1 MiB");
        assertThatThrownBy(() -> read("vmm: '" + "x".repeat(1_000_000) + "'"))
                .hasMessageEndingWith("c.yaml:1:6: the value of vmm has 1000000 characters; at most 65536 are taken");
        assertThatThrownBy(() -> read("vmm: " + "[".repeat(100_000)))
                .hasMessageContaining("c.yaml:1:7: vmm has a list");
    }

    @Test
    void otherEncodingsAreNamed() throws IOException {
        Path file = folder.resolve("c.yaml");
        Files.write(file, "vmm: a\nworkload: gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> ConfigFile.read(file, KNOWN, OWN))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("c.yaml:2:13: byte 0xfc is no UTF-8");
        for (Charset other : List.of(StandardCharsets.UTF_16, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
            Files.write(file, "vmm: a\n".getBytes(other));
            assertThatThrownBy(() -> ConfigFile.read(file, KNOWN, OWN)).hasMessageContaining("is in UTF-16");
        }
    }
}
