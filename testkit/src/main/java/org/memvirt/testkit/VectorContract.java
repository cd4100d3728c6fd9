package org.memvirt.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.engine.conform.Mismatch;
import org.memvirt.engine.conform.VectorFile;
import org.memvirt.engine.conform.VectorLines;
import org.memvirt.engine.conform.VectorListener;
import org.memvirt.engine.conform.VectorPlayer;
import org.memvirt.engine.conform.VectorRecorder;
import org.memvirt.engine.conform.VectorTally;

/**
 * What an MMU owes to recordings of processors: every walk that they were recorded to make, made again, ends as theirs
 * did. The test of an MMU extends this class, gives the MMU and the recordings.
 */
public abstract class VectorContract {
    private static final String ADDRESS = "\"pa\":\"0x";

    /** The MMU under test. */
    protected abstract ArchitectedPageTables mmu();

    /** What there is to play. */
    protected abstract List<Recording> recordings();

    /** The text of a recording's file. */
    protected abstract InputStream open(Recording recording) throws IOException;

    /**
     * One recording.
     *
     * @param family its name
     * @param deviations accesses in which the recorder departs from the manual, as the file marks
     */
    public record Recording(String family, long cases, long accesses, long deviations) {}

    /** What came of playing a file. */
    private record Played(VectorTally tally, List<Mismatch> mismatches, byte[] own) {}

    @TestFactory
    Stream<DynamicTest> walksAsRecorded() {
        return forEach(recording -> {
            Played played = play(recording, open(recording));
            assertThat(played.mismatches().stream().limit(10)).isEmpty();
            assertThat(played.tally())
                    .isEqualTo(
                            new VectorTally(recording.cases(), recording.accesses(), 0, recording.deviations()));
        });
    }

    @TestFactory
    Stream<DynamicTest> agreesWithItsOwnRecording() {
        return forEach(recording -> {
            byte[] own = play(recording, open(recording)).own();
            Played again = play(recording, new ByteArrayInputStream(own));
            assertThat(again.mismatches().stream().limit(10)).isEmpty();
            assertThat(again.tally()).isEqualTo(new VectorTally(recording.cases(), recording.accesses(), 0, 0));
            assertThat(again.own()).isEqualTo(own);
        });
    }

    @TestFactory
    Stream<DynamicTest> findsOneWrongAnswerAmongAll() {
        return forEach(recording -> {
            String own = new String(play(recording, open(recording)).own(), UTF_8);
            int at = own.indexOf('"', own.lastIndexOf(ADDRESS) + ADDRESS.length()) - 1;
            char other = own.charAt(at) == '0' ? '1' : '0';
            String planted = own.substring(0, at) + other + own.substring(at + 1);
            Played played = play(recording, new ByteArrayInputStream(planted.getBytes(UTF_8)));
            assertThat(played.tally().mismatches()).isOne();
            assertThat(played.mismatches()).hasSize(1);
            IntPredicate lineEnd = character -> character == '\n';
            assertThat(played.mismatches().getFirst().line())
                    .isEqualTo(own.substring(0, at).chars().filter(lineEnd).count() + 1);
        });
    }

    private Stream<DynamicTest> forEach(ThrowingConsumer<Recording> test) {
        return recordings().stream()
                .map(recording -> DynamicTest.dynamicTest(recording.family(), () -> test.accept(recording)));
    }

    private Played play(Recording recording, InputStream text) throws IOException {
        try (text) {
            VectorFile file = new VectorFile(recording.family(), text);
            VectorPlayer player = new VectorPlayer(file, mmu());
            List<Mismatch> mismatches = new ArrayList<>();
            VectorListener listener = mismatches::add;
            ByteArrayOutputStream own = new ByteArrayOutputStream();
            own.writeBytes(VectorRecorder.header(file, "memvirt"));
            VectorTally tally = VectorTally.NOTHING;
            for (VectorLines lines = file.next(); lines != null; lines = file.next()) {
                VectorRecorder recorder = new VectorRecorder(file, listener);
                for (int i = 0; i < lines.size(); i++) {
                    tally = tally.plus(player.play(lines, i, recorder));
                }
                own.writeBytes(recorder.bytes());
            }
            file.checkComplete(tally);
            return new Played(tally, mismatches, own.toByteArray());
        }
    }
}
