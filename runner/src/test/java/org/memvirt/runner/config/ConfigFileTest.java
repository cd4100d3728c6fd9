package org.memvirt.runner.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class ConfigFileTest {
    private static final Set<String> KNOWN =
            Set.of("vmm", "trace", "trace-format", "skip-bad-lines", "workload", "passes", "prefault", "json");

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
        return ConfigFile.read(Files.writeString(folder.resolve("c.yaml"), yaml), KNOWN);
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
        assertThat(parse(read("vmm: [native, 'nested:vpid=off']\n")).vmm).isEqualTo("native,nested:vpid=off");
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
    void anUnknownKeyIsRefusedWithTheNearest() {
        assertThatThrownBy(() -> read("prefualt: true\n"))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContainingAll("c.yaml", "'prefualt'", "'prefault'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[a, b]", "just words", "vmm: {name: nested}", "vmm: [", "a: b: c"})
    void whatIsNoListOfOptionsIsRefused(String yaml) {
        assertThatThrownBy(() -> read(yaml)).isInstanceOf(WrongUsage.class).hasMessageContaining("--config");
    }
}
