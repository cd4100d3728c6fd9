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
import org.memvirt.conform.CasePlayer;
import org.memvirt.conform.Mismatch;
import org.memvirt.conform.VectorFile;
import org.memvirt.conform.VectorLines;
import org.memvirt.conform.VectorListener;
import org.memvirt.conform.VectorRecorder;
import org.memvirt.conform.VectorTally;

/** What an MMU owes to recordings of processors: whatever they were recorded to do, done again, ends as theirs did. */
public abstract class RecordingContract {
    private static final String ADDRESS = "\"pa\":\"0x";

    /** What plays a file on the MMU under test. */
    protected abstract CasePlayer player(VectorFile file);

    /** What there is to play. */
    protected abstract List<Recording> recordings();

    /** The text of a recording's file. */
    protected abstract InputStream open(Recording recording) throws IOException;

    /**
     * One recording.
     *
     * @param family its name
     * @param deviations steps in which the recorder departs from the manual, or does what it leaves open, as the file marks
     */
    public record Recording(String family, long cases, long accesses, long steps, long deviations) {
        /** Where all steps are accesses. */
        public Recording(String family, long cases, long accesses, long deviations) {
            this(family, cases, accesses, accesses, deviations);
        }

        private VectorTally tally(long marked) {
            return new VectorTally(cases, accesses, steps, 0, marked);
        }
    }

    /** How many steps of memvirt's own recording are marked; none where the marks tell of the other recorder alone. */
    protected long ownDeviations(Recording recording) {
        return 0;
    }

    /** What came of playing a file. */
    private record Played(VectorTally tally, List<Mismatch> mismatches, byte[] own) {}

    @TestFactory
    Stream<DynamicTest> doesAsRecorded() {
        return forEach(recording -> {
            Played played = play(recording, open(recording));
            assertThat(played.mismatches().stream().limit(10)).isEmpty();
            assertThat(played.tally()).isEqualTo(recording.tally(recording.deviations()));
        });
    }

    @TestFactory
    Stream<DynamicTest> agreesWithItsOwnRecording() {
        return forEach(recording -> {
            byte[] own = play(recording, open(recording)).own();
            Played again = play(recording, new ByteArrayInputStream(own));
            assertThat(again.mismatches().stream().limit(10)).isEmpty();
            assertThat(again.tally()).isEqualTo(recording.tally(ownDeviations(recording)));
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
            CasePlayer player = player(file);
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
