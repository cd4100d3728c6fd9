package org.memvirt.mips;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.conform.BadVectors;
import org.memvirt.conform.Mismatch;
import org.memvirt.conform.TlbLog;
import org.memvirt.conform.VectorTally;
import org.tukaani.xz.XZInputStream;

/** The first 60,000 events of the TLB of a 24Kf that booted Linux, as QEMU logged them. */
class RecordedLinuxTest {
    private static final MipsArchitecture MIPS = new MipsArchitecture();
    private static final int SOME = 3000;

    private static List<String> events = List.of();

    @BeforeAll
    static void readEvents() throws IOException {
        try (InputStream log = new XZInputStream(Objects.requireNonNull(
                RecordedLinuxTest.class.getResourceAsStream("/vectors/linux-tlb-events.txt.xz")))) {
            events = new String(log.readAllBytes(), UTF_8).lines().toList();
        }
    }

    private static VectorTally play(List<String> lines, List<Mismatch> mismatches) throws IOException {
        byte[] text = String.join("\n", lines).getBytes(UTF_8);
        assertThat(TlbLog.isOne(text, MIPS)).isTrue();
        TlbLog log = new TlbLog(
                "log", MIPS, MIPS.processor(MIPS.tlbPresets().getFirst()));
        log.play(new ByteArrayInputStream(text), mismatches::add);
        return log.tally();
    }

    @Test
    void everyEventIsAsLogged() throws IOException {
        List<Mismatch> mismatches = new ArrayList<>();
        assertThat(play(events, mismatches)).isEqualTo(new VectorTally(1, 36_066, 60_000, 0, 0));
        assertThat(mismatches).isEmpty();
    }

    /** A refill less, and the accesses to its pages raise exceptions until the next refill of them. */
    @Test
    void oneMissingRefillIsNoticed() throws IOException {
        List<String> lines = new ArrayList<>(events.subList(0, SOME));
        int refill = 0;
        while (!lines.get(refill).startsWith("W ")) {
            refill++;
        }
        lines.remove(refill);
        List<Mismatch> mismatches = new ArrayList<>();
        assertThat(play(lines, mismatches).mismatches()).isEqualTo(mismatches.size()).isPositive();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            A .*          | 4 | 1000     | pa
            P .* .        | 2 | 1        | index
            P .* 8000.*   | 2 | 80000000 | probeFailed
            R .*          | 4 | 1000     | entrylo1
            X .*          | 2 | 180      | exception.vector
            X .*          | 7 | 1000     | exception.entryhi
            """)
    void aWrongFieldIsShown(String event, int field, String change, String name) throws IOException {
        List<String> lines = new ArrayList<>(events.subList(0, SOME));
        int at = 0;
        while (!lines.get(at).matches(event)) {
            at++;
        }
        int line = at + 1;
        String[] words = lines.get(at).split(" ");
        words[field] = Long.toHexString(Long.parseLong(words[field], 16) ^ Long.parseLong(change, 16));
        lines.set(at, String.join(" ", words));
        List<Mismatch> mismatches = new ArrayList<>();
        play(lines, mismatches);
        assertThat(mismatches).first().satisfies(mismatch -> {
            assertThat(mismatch.line()).isEqualTo(line);
            assertThat(mismatch.expected()).contains(name + "=");
            assertThat(mismatch.got()).contains(name + "=");
            assertThat(mismatch.expected()).isNotEqualTo(mismatch.got());
        });
    }

    @Test
    void aLineThatIsNoEventIsNamed() {
        List<String> lines = new ArrayList<>(events.subList(0, 10));
        lines.add("hello");
        assertThatThrownBy(() -> play(lines, new ArrayList<>()))
                .isInstanceOf(BadVectors.class)
                .hasMessage("log:11: 'hello' is no event of a TLB's log");
    }

    @Test
    void anInstructionThatNoProcessorOfTheKindCanHaveCarriedOutIsNamed() {
        List<String> lines = new ArrayList<>(events.subList(0, 10));
        lines.add("I 10 0 0 0 0");
        assertThatThrownBy(() -> play(lines, new ArrayList<>()))
                .isInstanceOf(BadVectors.class)
                .hasMessageContaining("log:11: tlbwi: index is 0 to 15, not 0x10");
    }
}
