package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.runner.command.CommandLineRun.assertRefused;
import static org.memvirt.runner.command.CommandLineRun.small;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code memvirt run} refuses before or while it runs, and with which words. */
class RunRefusalsTest {
    private static final String SMALL = "uniform:footprint=1M";

    @TempDir
    private Path folder;

    @Test
    void missingFilesHaveStatus2() {
        assertRefused(CommandLineRun.of("run", "--trace", "/none/x"), 2, "/none/x: there is no such file");
        assertRefused(CommandLineRun.of("run", "--trace", folder.toString()), 2, "is a folder");
        assertRefused(CommandLineRun.of("run", "--config", "/none/c"), 2, "/none/c");
        assertRefused(CommandLineRun.of("run", "--config", folder.toString()), 2, folder + " is a folder");
        assertRefused(small("--quiet", "--json", "/none/r.json"), 2, "its folder does not exist");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--vmm nestd|there is no strategy 'nestd'; there is nested, ",
                "--mmu x68|there is no MMU 'x68'; there is x86",
                "--mmu x86:bits=4|no option 'bits'",
                "--format x86_64|'x86_64'; there is x86-64, ",
                "--format x86-64:wpp=on|'wpp'",
                "--second-stage npt:nonsense|not key=value",
                "--tlb referense|there is reference, ",
                "--tlb reference:l1d=63x4|TLB 'reference': l1d=63x4: '63x4' is not ENTRIESxWAYS",
                "--walk-cache all|there is no walk-cache preset 'all'",
                "--nested-tlb all|there is no nested-TLB preset 'all'",
                "--cost-model free|there is no cost model 'free'",
                "--workload unifrom|there is no workload 'unifrom'; there is uniform, ",
                "--workload uniform:footprint=-1|footprint=-1",
                "--workload stride:step=0|step=0",
                "--guest-kernel real|it is simulated or free",
                "--guest-pages 64K|has pages of 4K, 2M, 1G",
                "--host-pages 64K|has pages of 4K, 2M, 1G",
                "--guest-memory 0|--guest-memory 0",
                "--guest-memory 1M|--guest-memory",
                "--vmm native --second-stage ept|--vmm native has no second stage",
                "--vmm native --vm-tags off|has no such option",
                "--vmm nested:vm-tags=on --vm-tags off|contradict",
                "--vm-tags maybe|vm-tags=maybe",
                "--trace x|exclude each other",
                "--trace-format lackey|are for --trace",
                "--skip-bad-lines 3|are for --trace",
                "--accesses 0|--accesses 0",
                "--passes 0|--passes 0",
                "--passes many|'many' is no whole number",
                "--passes 3G|'3G' is more than 2147483647",
                "--processes 0|--processes 0",
                "--processes 1025|there are 1 to 1024",
                "--slice 0|--slice 0",
                "--metrics-host localhost|needs --metrics-port",
                "--metrics-port 70000|a port is from 0 to 65535",
                "--plugins /none|/none is no folder",
                "--walkcache none|the nearest is --walk-cache",
                "more|'more' is one argument too many",
            })
    void wrongUsageHasStatus2AndSaysWhy(String options, String part) {
        String workload = options.contains("--workload") ? "" : "--workload uniform:footprint=1M ";
        String accesses = options.contains("--accesses") ? "" : "--accesses 10 ";
        CommandLineRun run = CommandLineRun.of(("run " + workload + accesses + options).split(" "));
        assertThat(run.err()).contains(part).doesNotContain("\tat ");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tlb: referense|:2:1: --tlb: there is no TLB preset 'referense'; there is reference, ",
                "accesses: many|:2:1: Invalid value for option '--accesses': 'many' is no whole number",
                "mmu: x68|:2:1: --mmu: there is no MMU 'x68'", "vmm: nestd|:2:1: --vmm: there is no strategy 'nestd'",
                "format: pae:wp=2|:2:1: --format", "guest-memory: 1|:2:1: --guest-memory 1: ",
            })
    void whatIsWrongInAConfigurationIsToldWithItsPlace(String line, String message) throws IOException {
        String config =
                Files.writeString(folder.resolve("c.yaml"), "workload: " + SMALL + "\n" + line + "\n").toString();
        CommandLineRun run = CommandLineRun.of("run", "--config", config);
        assertThat(run.err()).contains("memvirt: " + config + message);
        assertThat(run.status()).isEqualTo(2);
        // The command line's own mistake is not the file's.
        String option = "--" + line.split(": ")[0];
        run = CommandLineRun.of("run", "--config", config, option, "nonsense");
        assertThat(run.err()).doesNotContain("c.yaml");
    }

    @Test
    void nothingToPlayIsRefused() {
        assertRefused(CommandLineRun.of("run"), 2, "give --trace FILE or --workload NAME");
    }

    @Test
    void memoryThatDoesNotHoldTheWorkloadIsExplained() {
        CommandLineRun run = CommandLineRun.of(
                "run", "--workload", "uniform:footprint=64M", "--accesses", "100000", "--guest-memory", "32M",
                "--json");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--guest-memory");
        assertThat(run.json().get("partial").booleanValue()).isTrue();
    }

    @Test
    void anOccupiedPortIsExplained() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertRefused(small("--metrics-port", port), 2, "--metrics-port " + port, "127.0.0.1");
        }
    }

    @Test
    void comparingAStrategyWithItselfIsRefused() {
        assertRefused(
                CommandLineRun.of("compare", "--workload", SMALL, "--vmm", "nested,nested:vm-tags=on"), 2, "twice");
    }

    @Test
    void debugShowsTheStackTrace() {
        CommandLineRun run = small("--vmm", "nestd", "--debug");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("\tat org.memvirt");
    }
}
