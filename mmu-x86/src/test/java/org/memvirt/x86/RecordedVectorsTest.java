package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.mmu.RadixFormat.AccessedUpdate;
import org.memvirt.x86.vector.Regime;
import org.memvirt.x86.vector.VectorCase;
import org.memvirt.x86.vector.VectorFile;
import org.memvirt.x86.vector.VectorPlayer;

/** Every walk that QEMU and Bochs were recorded to make, made again. */
class RecordedVectorsTest {
    @ParameterizedTest
    @CsvSource({
        "x86-4level, 1500, 36000, 1889",
        "x86-5level, 1500, 36000, 2358",
        "x86-pae, 1500, 36000, 1440",
        "x86-ia32, 1500, 36000, 374",
        "x86-npt, 1286, 30864, 2597",
        "ept-4level, 640, 10240, 0",
        "ept-4level-ad, 420, 6720, 641",
        "ept-4level-walk, 260, 4160, 984",
        "ept-4level-misconfig, 180, 2880, 222",
        "ept-4level-deviating, 51, 816, 658",
        "ept-pae, 180, 2880, 49",
        "ept-32bit, 180, 2880, 73",
    })
    void walksAsRecorded(String family, int cases, int accesses, int deviations) throws IOException {
        try (InputStream in = Objects.requireNonNull(
                RecordedVectorsTest.class.getResourceAsStream("/vectors/" + family + ".jsonl.xz"))) {
            VectorFile file = new VectorFile(family, in);
            boolean bochs = file.header().oracle().startsWith("Bochs");
            VectorPlayer player = new VectorPlayer(
                    recorded -> regime(
                            recorded, bochs ? AccessedUpdate.COMPLETED : AccessedUpdate.DESCENDING));
            file.forEach(player::play);
            assertThat(player.mismatches().stream().limit(10)).isEmpty();
            assertThat(player.cases()).isEqualTo(cases);
            assertThat(player.accesses()).isEqualTo(accesses);
            assertThat(player.deviations()).isEqualTo(deviations);
        }
    }

    private static Regime regime(VectorCase recorded, AccessedUpdate accessedUpdate) {
        X86Registers registers = new X86Registers(recorded.config(), accessedUpdate);
        return new Regime(
                registers.format(),
                registers.root(),
                registers.stageTwoFormat(),
                registers.stageTwoRoot(),
                recorded.config().containsKey("eptp") && registers.format().name().equals("pae"),
                FaultEncoding::encode);
    }
}
