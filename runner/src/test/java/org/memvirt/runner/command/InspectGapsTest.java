package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large pages of stage 1 over tables of stage 2 that map nothing: as many 4K gaps as nobody could wait for. */
class InspectGapsTest {
    private static final int PAGE = 4096;
    private static final int TABLE = 0x7;
    private static final int LARGE = 0x87;

    private final ByteBuffer memory = ByteBuffer.allocate(8 * PAGE).order(ByteOrder.LITTLE_ENDIAN);

    @TempDir
    private Path folder;

    private void fill(int table, long entry) {
        for (int index = 0; index < 512; index++) {
            memory.putLong(table * PAGE + index * Long.BYTES, entry);
        }
    }

    private void set(int table, int index, long entry) {
        memory.putLong(table * PAGE + index * Long.BYTES, entry);
    }

    @Test
    @Timeout(60)
    void whatNoTableMapsIsPassedOverInOne() throws IOException {
        fill(0, 1 * PAGE | TABLE); // 512 x 512 pages of 1 GiB, all at guest-physical 1 GiB
        fill(1, 0x4000_0000L | LARGE);
        set(2, 0, 3 * PAGE | TABLE);
        set(3, 0, 4 * PAGE | TABLE); // the first GiB holds the tables themselves
        set(4, 0, 5 * PAGE | TABLE);
        for (int page = 0; page < 8; page++) {
            set(5, page, page * PAGE | 0x37);
        }
        set(3, 1, 6 * PAGE | TABLE); // the second one is all tables that are empty
        fill(6, 7 * PAGE | TABLE);
        Path image = Files.write(folder.resolve("gaps.raw"), memory.array());
        CommandLineRun run = CommandLineRun.of(
                "inspect", image.toString(), "--root", "0", "--stage2-root", "0x2000", "--limit", "10");
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("0 ranges, 0 pages");

        set(7, 511, 0x37); // Now the last page of each 2 MiB is there.
        Files.write(image, memory.array());
        assertThat(CommandLineRun.of(
                "inspect", image.toString(), "--root", "0", "--stage2-root", "0x2000", "--limit", "2", "--list",
                "leaves")
                .out()).contains("0x00000000001ff000  ", "0x00000000003ff000  ", "the list ends after 2 of ");
    }
}
