package org.memvirt.runner.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.BadTrace;

class RecordSourceTest {
    private static final int COUNT = 10_000;

    private final long[] addresses = new long[COUNT];
    private final int[] kinds = new int[COUNT];

    RecordSourceTest() {
        SplittableRandom random = new SplittableRandom(7);
        int[] all = {
            Rights.USER_READ, Rights.USER_WRITE, Rights.USER_EXECUTE, Rights.USER_READ | Rights.USER_WRITE
        };
        for (int i = 0; i < COUNT; i++) {
            addresses[i] = random.nextLong(1L << 47);
            kinds[i] = all[random.nextInt(all.length)];
        }
    }

    private byte[] written(String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TraceFileWriter.copy(Accesses.source(addresses, kinds), bytes, format);
        return bytes.toByteArray();
    }

    private static byte[] withCount(byte[] trace, long count) {
        byte[] copy = trace.clone();
        System.arraycopy(BinaryHeader.of(2, count), 0, copy, 0, BinaryHeader.BYTES);
        return copy;
    }

    private static AccessSource binary(byte[] trace) throws IOException {
        return new BinaryFormat().open(new ByteArrayInputStream(trace), "t.mvt", 0);
    }

    private static void assertBad(byte[] trace, int before, String... parts) {
        List<String> given = new ArrayList<>();
        assertThatThrownBy(() -> Accesses.drain(binary(trace), 512, given))
                .isInstanceOf(BadTrace.class)
                .hasMessageContainingAll(parts);
        assertThat(given).hasSize(before);
    }

    @Test
    void binaryGivesBackWhatWasWritten() throws IOException {
        List<String> expected = Accesses.of(Accesses.source(addresses, kinds), 100);
        assertThat(Accesses.of(binary(written("binary")), 512)).isEqualTo(expected);
        assertThat(Accesses.of(binary(withCount(written("binary"), COUNT)), 333)).isEqualTo(expected);
    }

    @Test
    void packedAndLackeyGiveBackWhatWasWritten() throws IOException {
        List<String> expected = Accesses.of(Accesses.source(addresses, kinds), 100);
        assertThat(Accesses.of(new PackedFormat().open(new ByteArrayInputStream(written("packed")), "t", 0), 512))
                .isEqualTo(expected);
        assertThat(Accesses.of(new LackeyFormat().open(new ByteArrayInputStream(written("lackey")), "t", 0), 512))
                .isEqualTo(expected);
    }

    @Test
    void binaryHoldsKernelAddressesAndRights() throws IOException {
        long[] high = {0xffff_8000_0000_1000L, -1, (1L << 57) - 1, -(1L << 57)};
        int[] rights = {
            Rights.SUPERVISOR_READ,
            Rights.SUPERVISOR_EXECUTE,
            Rights.SUPERVISOR_READ | Rights.SUPERVISOR_WRITE,
            Rights.SUPERVISOR_WRITE
        };
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TraceFileWriter.copy(Accesses.source(high, rights), bytes, "binary");
        assertThat(Accesses.of(binary(bytes.toByteArray()), 2))
                .containsExactly("8 ffff800000001000", "32 ffffffffffffffff", "24 1ffffffffffffff",
                        "16 fe00000000000000");
    }

    @Test
    void theLayoutIsAsDocumented() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(written("binary")).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.capacity()).isEqualTo(64 + 8 * COUNT);
        assertThat(Arrays.copyOf(bytes.array(), 8)).containsExactly(0x89, 'M', 'V', 'T', 13, 10, 26, 10);
        assertThat(bytes.getInt(8)).describedAs("version").isEqualTo(2);
        assertThat(bytes.getInt(12)).describedAs("header").isEqualTo(64);
        assertThat(bytes.getLong(16)).describedAs("unknown count").isEqualTo(-1);
        assertThat(bytes.getLong(64) << 6 >> 6).isEqualTo(addresses[0]);
        assertThat(bytes.getLong(64) >>> 58).isEqualTo(kinds[0]);
    }

    @Test
    void aCutFileIsToldByTheByte() throws IOException {
        byte[] whole = withCount(written("binary"), COUNT);
        assertBad(Arrays.copyOf(whole, 64 + 8 * 1000), 1000, "byte 8064", "1000 of the 10000");
        assertBad(Arrays.copyOf(whole, 64 + 8 * 1000 + 3), 1000, "byte 8067", "begins at byte 8064");
        assertBad(Arrays.copyOf(whole, 40), 0, "byte 40", "header of 64 bytes");
    }

    @Test
    void moreThanTheHeaderSaysIsBad() throws IOException {
        assertBad(withCount(written("binary"), 600), 600, "header says 600 records", "byte " + (64 + 600 * 8));
    }

    @Test
    void otherVersionsAreRefused() throws IOException {
        byte[] newer = written("binary");
        newer[8] = 3;
        assertBad(newer, 0, "version 3", "reads versions 1 and 2");
    }

    @Test
    void versionOneStillReads() throws IOException {
        byte[] older = withCount(written("binary"), COUNT);
        List<String> expected = Accesses.of(binary(older), 100);
        older[8] = 1;
        assertThat(Accesses.of(binary(older), 333)).hasSize(COUNT).isEqualTo(expected);
        byte[] unsound = withCount(written("binary"), COUNT);
        unsound[8] = 1;
        ByteBuffer.wrap(unsound).order(ByteOrder.LITTLE_ENDIAN).putLong(64, 5);
        assertBad(unsound, 0, "record 0 at byte 64", "no rights");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "777, 777", "9999, 9999"})
    void aRecordWithoutRightsIsBad(int index, int before) throws IOException {
        byte[] broken = written("binary");
        broken[64 + 8 * index + 7] = 0;
        assertBad(broken, before, "record " + index, "byte " + (64 + 8 * index));
    }

    @Test
    void badRecordsAreSkippedUpToANumber() throws IOException {
        byte[] broken = written("binary");
        broken[64 + 8 * 5 + 7] = 0;
        broken[64 + 8 * 6000 + 7] = (byte) 0xff;
        AccessSource source = new BinaryFormat().open(new ByteArrayInputStream(broken), "t", 2);
        assertThat(Accesses.of(source, 512)).hasSize(COUNT - 2);
        assertThat(((LenientSource) source).skipped()).isEqualTo(2);
        assertThat(((LenientSource) source).firstSkipped()).contains("record 5");
        assertThatThrownBy(() -> Accesses.of(new BinaryFormat().open(new ByteArrayInputStream(broken), "t", 1), 512))
                .hasMessageContaining("record 6000");
    }

    @Test
    void whatAFormatCannotHoldIsRefused() {
        long[] wide = {1L << 47};
        int[] read = {Rights.USER_READ};
        assertThatThrownBy(
                () -> TraceFileWriter.copy(Accesses.source(wide, read), new ByteArrayOutputStream(), "packed"))
                        .isInstanceOf(TraceWriter.NoRoom.class)
                        .hasMessageContaining("0x800000000000");
        int[] kernel = {Rights.SUPERVISOR_READ};
        for (String format : List.of("packed", "lackey")) {
            assertThatThrownBy(() -> TraceFileWriter.copy(
                    Accesses.source(new long[1], kernel), new ByteArrayOutputStream(), format))
                            .isInstanceOf(TraceWriter.NoRoom.class)
                            .hasMessageContaining(format);
        }
        assertThatThrownBy(() -> TraceFileWriter.copy(
                Accesses.source(new long[] {1L << 58}, read), new ByteArrayOutputStream(), "binary"))
                        .isInstanceOf(TraceWriter.NoRoom.class);
    }
}
