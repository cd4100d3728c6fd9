package org.memvirt.runner.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.runner.command.CommandLineRun;

/** Each scenario that comes with memvirt runs, and what it leaves passes the audit. */
class ReadyScenariosTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "boot:footprint=1M", "server:processes=4,accesses=5K", "fork-storm:forks=5", "mmap-churn:times=10",
        "consolidation:vms=3,processes=5,accesses=500", "vm-switches:accesses=5K"
    })
    void runsUnderEachStrategy(String scenario) {
        for (String vmm : new String[] {"static", "shadow", "nested"}) {
            CommandLineRun run = CommandLineRun.of(
                    "run", "--scenario", scenario, "--vmm", vmm, "--audit", "--cores", "2", "--quantum", "1000");
            assertThat(run.status()).as("%s under %s: %s", scenario, vmm, run.err()).isZero();
        }
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
