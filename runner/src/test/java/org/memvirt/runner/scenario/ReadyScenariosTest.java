package org.memvirt.runner.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.runner.command.CommandLineRun;

/** Each scenario that comes with memvirt runs, and what it leaves passes the audit. */
class ReadyScenariosTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "boot:footprint=1M", "server:processes=4,accesses=5K", "fork-storm:forks=5", "mmap-churn:times=10",
        "consolidation:vms=3,processes=5,accesses=500", "vm-switches:accesses=5K",
        "shared-tables:threads=3,processes=3,footprint=256K"
    })
    void runsUnderEachStrategy(String scenario) {
        for (String vmm : new String[] {"static", "shadow", "nested"}) {
            CommandLineRun run = CommandLineRun.of(
                    "run", "--scenario", scenario, "--vmm", vmm, "--audit", "--cores", "2", "--quantum", "1000");
            assertThat(run.status()).as("%s under %s: %s", scenario, vmm, run.err()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "live-migration:footprint=2M,accesses=60K,before=10K",
        "memory-pressure:host=20M,footprint=10M,memory=20M,accesses=20K,first=25K,balloon=4M,swap=1M"
    })
    void whatTheHostDoesRunsWhereItMay(String scenario) {
        for (String vmm : new String[] {"shadow", "nested"}) {
            CommandLineRun run = CommandLineRun.of("run", "--scenario", scenario, "--vmm", vmm, "--audit");
            assertThat(run.status()).as("%s under %s: %s", scenario, vmm, run.err()).isZero();
            assertThat(run.out()).contains("The host's work on its guests' memory");
        }
        CommandLineRun refused = CommandLineRun.of("run", "--scenario", scenario, "--vmm", "static");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("static");
        assertThat(refused.out()).isEmpty();
    }

    @Test
    void underPressureTheHostDoesAllThatItCan() {
        CommandLineRun run = CommandLineRun.of("run", "--scenario",
                "memory-pressure:host=20M,footprint=10M,memory=20M,accesses=20K,first=25K,balloon=4M,swap=1M",
                "--audit", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        for (String count : new String[] {"swappedOut", "swappedIn", "merged"}) {
            assertThat(run.out()).as(count).containsPattern("\"" + count + "\" : [1-9]");
        }
        assertThat(run.out()).contains("\"balloonBytes\" : 0,");
    }

    @Test
    void threadsHaveOneTableAndProcessesOneEach() {
        assertThat(tables("shared-tables:threads=6,processes=1")).isEqualTo(
                tables("shared-tables:threads=1,processes=1"));
        assertThat(tables("shared-tables:threads=1,processes=6")).isGreaterThan(
                2 * tables("shared-tables:threads=1,processes=1"));
    }

    private static long tables(String scenario) {
        CommandLineRun run = CommandLineRun.of("run", "--scenario", scenario, "--vmm", "native", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        Matcher bytes = Pattern.compile("\"tables\" : \\{\\s*\"guestBytes\" : (\\d+)").matcher(run.out());
        assertThat(bytes.find()).isTrue();
        return Long.parseLong(bytes.group(1));
    }

    /** 15 VMs of 64M of 1G; four of them apart from each other go, and then 128M find no place in 254M. */
    @Test
    void fragmentationFailsWithRoomLeft() {
        CommandLineRun run =
                CommandLineRun.of("run", "--scenario", "fragmentation", "--vmm", "static", "--audit", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("\"failedCreations\" : 2", "\"failedWithRoom\" : 2")
                .contains("\"largestFreeBytes\" : 67108864");
    }

    @Test
    void whatCannotGoWithAScenarioIsRefused() {
        CommandLineRun run = CommandLineRun.of("run", "--scenario", "boot", "--workload", "zipf");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--workload and --scenario exclude each other");
        assertThat(CommandLineRun.of("run", "--scenario", "boot", "--guest-memory", "1G").err())
                .contains("it begins with a VM of 256M and 1 vCPUs");
        assertThat(CommandLineRun.of("run", "--scenario", "boot", "--guest-memory", "256M", "--vcpus", "1").status())
                .isZero();
        assertThat(CommandLineRun.of("list", "scenarios").out())
                .contains("consolidation", "fragmentation", "processes=100");
    }
}
