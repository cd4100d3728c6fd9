package org.memvirt.runner.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.engine.BatchesSource;
import org.memvirt.testkit.trial.Seeds;

/** Events in traces, binary and text. */
class EventTraceTest {
    private static GuestEvent event(SplittableRandom random) {
        long start = random.nextLong(1L << 47) & -4096;
        long bytes = random.nextLong(1L << 30) & -4096;
        int rights = random.nextInt(Rights.USER + 1);
        return switch (random.nextInt(9)) {
            case 0 -> new GuestEvent.Map(start, bytes, rights);
            case 1 -> new GuestEvent.MapShared(start, bytes, rights, random.nextInt(100), random.nextLong(1L << 40));
            case 2 -> new GuestEvent.Unmap(start, bytes);
            case 3 -> new GuestEvent.Protect(start, bytes, rights);
            case 4 -> new GuestEvent.Fork(random.nextInt(1 << 20));
            case 5 -> new GuestEvent.StartThread(random.nextInt(1 << 20));
            case 6 -> new GuestEvent.Exit();
            case 7 -> new GuestEvent.Flush(start, bytes);
            default -> new GuestEvent.Switch(random.nextInt(Integer.MAX_VALUE));
        };
    }

    private static List<AccessBatch> batches(SplittableRandom random, int count) {
        List<AccessBatch> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            AccessBatch batch = new AccessBatch(64);
            for (int event = random.nextInt(4); event > 0; event--) {
                batch.add(event(random));
            }
            for (int access = random.nextInt(64); access > 0; access--) {
                batch.add(random.nextLong(1L << 47), 1 << random.nextInt(3));
            }
            if (!batch.isEmpty()) {
                batches.add(batch);
            }
        }
        return batches;
    }

    /** Accesses and events in their order. */
    private static List<String> said(AccessSource source, int capacity) throws IOException {
        List<String> said = new ArrayList<>();
        said(source, capacity, said);
        return said;
    }

    private static void said(AccessSource source, int capacity, List<String> into) throws IOException {
        AccessBatch batch = new AccessBatch(capacity);
        while (source.fill(batch)) {
            batch.events().forEach(event -> into.add(event.toString()));
            for (int i = 0; i < batch.length; i++) {
                into.add(batch.kinds[i] + " " + Long.toHexString(batch.addresses[i]));
            }
        }
    }

    private static byte[] written(List<AccessBatch> batches, String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TraceWriter writer = TraceFileWriter.copy(new BatchesSource(batches), bytes, format);
        byte[] trace = bytes.toByteArray();
        byte[] header = writer.finalHeader();
        if (header != null) {
            System.arraycopy(header, 0, trace, 0, header.length);
        }
        return trace;
    }

    private static AccessSource open(byte[] trace, String format) throws IOException {
        ByteArrayInputStream input = new ByteArrayInputStream(trace);
        return format.equals("text")
                ? new EventTextFormat().open(input, "t.txt", 0)
                : new BinaryFormat().open(input, "t.mvt", 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary", "text"})
    void whatIsWrittenIsRead(String format) {
        Seeds.rounds(20, random -> {
            try {
                List<AccessBatch> batches = batches(random, 300);
                byte[] trace = written(batches, format);
                assertThat(said(open(trace, format), 1 + random.nextInt(500)))
                        .isEqualTo(said(new BatchesSource(batches), 64));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void aTraceThatIsCutSaysAtWhichByteAndGivesWhatComesBefore() throws IOException {
        List<AccessBatch> batches = batches(Seeds.random(), 5);
        byte[] trace = written(batches, "binary");
        List<String> all = said(new BatchesSource(batches), 64);
        for (int length = 64; length < trace.length; length++) {
            byte[] cut = Arrays.copyOf(trace, length);
            List<String> before = new ArrayList<>();
            assertThatThrownBy(() -> said(open(cut, "binary"), 64, before))
                    .as("cut at byte %d", length)
                    .isInstanceOf(BadTrace.class)
                    .hasMessageMatching("t.mvt.*byte \\d+.*cut off.*");
            assertThat(before).isEqualTo(all.subList(0, before.size()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0x0000000000000063, there is none of number 99",
        "0x0000000000000101, written 0x0000000000000301",
        "0xf800000000000001, no rights that an access can need"
    })
    void aWordThatIsNothingIsNamedByItsByte(String word, String message) throws IOException {
        AccessBatch batch = new AccessBatch(2);
        batch.add(0x1000, Rights.USER_READ);
        batch.add(0x2000, Rights.USER_READ);
        byte[] trace = written(List.of(batch), "binary");
        ByteBuffer.wrap(trace).order(ByteOrder.LITTLE_ENDIAN).putLong(72, Long.parseUnsignedLong(word, 2, 18, 16));
        List<String> before = new ArrayList<>();
        assertThatThrownBy(() -> said(open(trace, "binary"), 8, before))
                .isInstanceOf(BadTrace.class)
                .hasMessageContainingAll("t.mvt, record 1 at byte 72", message);
        assertThat(before).containsExactly("1 1000");
        assertThat(said(new BinaryFormat().open(new ByteArrayInputStream(trace), "t.mvt", 1), 8)).hasSize(1);
    }

    @Test
    void textIsWrittenByHand() throws IOException {
        String text = """
                # memvirt trace
                map 0x10000000 64K rw   # a comment

                w 0x10000ffc 8
                fork 1
                switch 1
                rw 0x10000000
                share 0x20000000 4K r 3 0
                exit
                switch 0
                kx 4K
                """;
        assertThat(said(open(text.getBytes(StandardCharsets.US_ASCII), "text"), 16)).containsExactly(
                new GuestEvent.Map(0x1000_0000, 65_536, 3).toString(),
                "2 10000ffc",
                "2 10001000",
                new GuestEvent.Fork(1).toString(),
                new GuestEvent.Switch(1).toString(),
                "3 10000000",
                new GuestEvent.MapShared(0x2000_0000, 4096, 1, 3, 0).toString(),
                new GuestEvent.Exit().toString(),
                new GuestEvent.Switch(0).toString(),
                "32 1000");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "load 0x1000      | 'load' begins neither an access",
        "r                | an access is written 'r ADDRESS'",
        "rx 0x1000        | no access needs 'rx'",
        "r 0xzz           | address '0xzz' is no number",
        "r 0x+5           | address '0x+5' is no number",
        "r 10001000       | address '10001000' is no address: write it in hex after 0x",
        "unmap 4096 4K    | start '4096' is no address: write it in hex after 0x",
        "r 0x1000 5000    | 1 to 4096 bytes",
        "map 0x1000 4K    | has 2 words after it, and takes these: start size rights",
        "map 0x1000 4K q  | 'q' are no rights",
        "exit 1           | and takes none",
        "fork -1          | process '-1' is no number"
    })
    void aWrongLineIsNamedByItsNumber(String line, String message) {
        String text = "# memvirt trace\nr 0x1000\n" + line + "\n";
        List<String> before = new ArrayList<>();
        assertThatThrownBy(() -> said(open(text.getBytes(StandardCharsets.US_ASCII), "text"), 8, before))
                .isInstanceOf(BadTrace.class)
                .hasMessageContainingAll("t.txt, line 3: ", message);
        assertThat(before).containsExactly("1 1000");
    }

    @Test
    void longCommentsArePassedOverAndLongLinesAreNamed() throws IOException {
        String text = "# memvirt trace\nr 0x1000 # " + "a".repeat(100_000) + "\n" + "b".repeat(100_000) + "\n";
        List<String> before = new ArrayList<>();
        assertThatThrownBy(() -> said(open(text.getBytes(StandardCharsets.US_ASCII), "text"), 8, before))
                .isInstanceOf(BadTrace.class)
                .hasMessageStartingWith("t.txt, line 3: a line of more than 1000 characters");
        assertThat(before).containsExactly("1 1000");
    }
}
