package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WorkloadRefusalTest {
    @Test
    void anAccessThatTheMachineDoesNotTakeIsToldWithTheWorkload() {
        CommandLineRun run = CommandLineRun.of(
                "run", "--workload", "sequential:footprint=1M", "--accesses", "10", "--format", "ia32");
        assertThat(run.err())
                .isEqualTo("memvirt: --workload sequential:footprint=1M,writes=0,base=16T: access 0, counted from 0:"
                        + " address 0x100000000000 is not one that ia32 translates: it has 32 bits\n");
        assertThat(run.status()).isEqualTo(3);
    }
}
