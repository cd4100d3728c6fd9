package org.memvirt.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.conform.BadVectors;
import org.memvirt.conform.Mismatch;
import org.memvirt.conform.VectorFile;
import org.memvirt.conform.VectorLines;
import org.memvirt.conform.VectorPlayer;
import org.memvirt.conform.VectorTally;

/** The player on an MMU of no processor that has what x86 lacks: two roots, and marks of single accesses. */
class VectorPlayerTest {
    private static final String HEADER = "{\"schema\":\"memvirt-vectors/1\",\"arch\":\"plain\",\"oracle\":\"a pencil\","
            + "\"family\":\"by-hand\",\"cases\":1,\"accesses\":1,\"id_registers\":{\"shared\":\"1\"}}\n";

    /** Of an entry: present, a leaf with all rights, accessed and dirty; the first leaf is not yet accessed. */
    private static final String CASE =
            "{\"id\":\"c\",\"config\":{\"low\":\"0x1000\",\"high\":\"0x3000\",\"below\":\"0x10000\"},"
                    + "\"memory\":{\"0x10008\":\"0x13ff\",\"0x10010\":\"0x23ff\",\"0x10018\":\"0x33ff\",\"0x10028\":\"0x93ff\","
                    + "\"0x1018\":\"0x52ff\",\"0x2018\":\"0x63ff\",\"0x3818\":\"0x53ff\"},"
                    + "\"accesses\":[{\"va\":\"%s\",\"op\":\"R\",\"el\":%d%s,\"expect\":%s}],\"after\":{%s}}";

    private static final String ACCESSED = "\"0x1018\":\"0x53ff\"";

    /** One level of tables. */
    private record PlainRegime(long low, long high, @Nullable TableRoot stageTwo) implements Regime {
        private static final PageTableFormat FORMAT = new PlainFormat(1, 9, 8, true, AccessedUpdate.DESCENDING);

        @Override
        public List<TableRoot> stageOne() {
            return List.of(new TableRoot(FORMAT, low), new TableRoot(FORMAT, high));
        }

        @Override
        public TableRoot stageOne(long inputAddress) {
            return stageOne().get(inputAddress < 0 ? 1 : 0);
        }

        @Override
        public EncodedFault encode(Walk walk) {
            return new EncodedFault(
                    walk.fault.name(),
                    Map.of("stage", (long) walk.faultStage.number(), "level", (long) walk.faultLevel, "s1ptw", 0L));
        }
    }

    private static final class PlainMmu implements ArchitectedPageTables {
        @Override
        public List<String> registers() {
            return List.of("low", "high", "below", "shared", "pan");
        }

        @Override
        public Regime regime(Map<String, String> values, AccessedUpdate accessedUpdate) {
            if (!Objects.equals(values.get("shared"), "1")) {
                throw new IllegalArgumentException("the header's registers are not there: " + values);
            }
            long below = Long.decode(values.get("below"));
            // What the mark of an access does: other tables.
            long shift = values.containsKey("pan") ? 0x1000 : 0;
            return new PlainRegime(
                    Long.decode(values.get("low")) + shift,
                    Long.decode(values.get("high")),
                    new TableRoot(new PlainFormat(1, 9, 8, false, accessedUpdate), below));
        }

        @Override
        public List<PageTableFormat> formats() {
            return List.of(PlainRegime.FORMAT);
        }

        @Override
        public List<TlbPreset> tlbPresets() {
            return List.of();
        }

        @Override
        public List<WalkCachePreset> walkCachePresets() {
            return List.of();
        }

        @Override
        public List<NestedTlbPreset> nestedTlbPresets() {
            return List.of();
        }

        @Override
        public TagWidths tagWidths() {
            return new TagWidths(0, 0);
        }

        @Override
        public EncodedFault encode(Walk walk) {
            throw new AssertionError("the regime is to be asked");
        }
    }

    private static VectorTally play(String line, List<Mismatch> mismatches) throws IOException {
        VectorFile file = new VectorFile("file", new ByteArrayInputStream((HEADER + line).getBytes(UTF_8)));
        VectorLines lines = Objects.requireNonNull(file.next());
        return new VectorPlayer(file, new PlainMmu()).play(lines, 0, mismatches::add);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            # address          | level | marks                     | answer                              | changes
            0x3010             | 0     | ~~                        | {"pa":"0x9010"}                     | yes
            0x3010             | 1     | ~~                        | {"pa":"0x9010"}                     | yes
            0xfffffffffff03010 | 0     | ~~                        | {"pa":"0x9010"}                     | no
            0x3010             | 0     | ,"via":"AT","at":"S1E0R"  | {"ipa":"0x5010"}                    | yes
            0x3010             | 0     | ,"via":"AT","at":"S12E0R" | {"pa":"0x9010"}                     | yes
            0x3010             | 1     | ,"pan":true               | {"fault":{"stage":2,"level":1,"class":"translation"}} | no
            0x3010             | 1     | ,"pan":true,"at":"S1E1RP" | {"ipa":"0x6010"}                    | no
            0x4000             | 0     | ~~                        | {"fault":{"stage":1,"level":1,"s1ptw":false}} | no
            0x300000           | 0     | ~~                        | {"fault":{"stage":1}}               | no
            """)
    void whatX86LacksIsPlayed(String address, int level, String marks, String answer, String changes)
            throws IOException {
        String after = changes.equals("yes") ? ACCESSED : "";
        List<Mismatch> mismatches = new ArrayList<>();
        VectorTally tally = play(CASE.formatted(address, level, marks == null ? "" : marks, answer, after), mismatches);
        assertThat(mismatches).isEmpty();
        assertThat(tally).isEqualTo(new VectorTally(1, 1, 0, 0));
    }

    @Test
    void anIntermediateAddressIsNoFinalOne() throws IOException {
        List<Mismatch> mismatches = new ArrayList<>();
        play(CASE.formatted("0x3010", 0, ",\"at\":\"S1E0R\"", "{\"ipa\":\"0x9010\"}", ACCESSED), mismatches);
        assertThat(mismatches).singleElement().satisfies(mismatch -> {
            assertThat(mismatch.question()).isEqualTo("read by the user at 0x3010");
            assertThat(mismatch.expected()).isEqualTo("0x9010");
            assertThat(mismatch.got()).startsWith("0x5010");
            assertThat(mismatch.line()).isEqualTo(2);
        });
    }

    @Test
    void aWordThatChangesWithoutBeingRecordedIsAMismatch() throws IOException {
        List<Mismatch> mismatches = new ArrayList<>();
        VectorTally tally = play(CASE.formatted("0x3010", 0, "", "{\"pa\":\"0x9010\"}", ""), mismatches);
        assertThat(tally.mismatches()).isOne();
        assertThat(mismatches).singleElement().satisfies(mismatch -> {
            assertThat(mismatch.access()).isEqualTo(Mismatch.AFTERWARDS);
            assertThat(mismatch.question()).isEqualTo("the word at 0x1018 afterwards, before 0x52ff");
            assertThat(mismatch.expected()).isEqualTo("0x52ff");
            assertThat(mismatch.got()).isEqualTo("0x53ff");
        });
        List<Mismatch> none = new ArrayList<>();
        play(CASE.formatted("0x4000", 0, "", "{\"fault\":{\"stage\":1}}", ACCESSED), none);
        assertThat(none).singleElement().satisfies(
                mismatch -> assertThat(mismatch.got()).isEqualTo("0x52ff"));
    }

    @Test
    void aRegisterThatCannotBeIsNamedWithItsCase() {
        String line = CASE.formatted("0x3010", 0, "", "{\"pa\":\"0x9010\"}", "").replace("\"0x10000\"", "\"ten\"");
        assertThatThrownBy(() -> play(line, new ArrayList<>()))
                .isInstanceOf(BadVectors.class)
                .hasMessageContaining("file:2: case c: ")
                .hasMessageContaining("ten");
    }
}
