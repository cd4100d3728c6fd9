package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.runner.command.SmallImage.READ;
import static org.memvirt.runner.command.SmallImage.prepend;
import static org.memvirt.runner.command.SmallImage.run;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.runner.image.TableMaker;
import tools.jackson.databind.JsonNode;

/** Two stages: host memory from 0, the guest's from 0x80000 on, page by page in reverse order. */
class InspectTwoStagesTest {
    private static final long PAGE = 4096;

    @TempDir
    Path folder;

    private SmallImage small;
    private String[] nested = {};

    @BeforeEach
    void makeImage() throws IOException {
        small = new SmallImage(folder);
    }

    private static long place(long gpa) {
        return 0xf_0000 - (gpa & -PAGE) + (gpa & PAGE - 1);
    }

    private String[] nested() throws IOException {
        if (nested.length > 0) {
            return nested;
        }
        PageTable second = small.memory.table("ept");
        for (long gpa = 0; gpa < 0x5_0000; gpa += PAGE) {
            if (gpa != 0x6000) {
                second.map(gpa, place(gpa), 12, gpa == 0x7000 ? READ : Rights.ALL, 0);
            }
        }
        second.map(0x20_0000, 0x4000_0000, 21, Rights.ALL, 0);
        TableMaker guest = small.memory.guest(0x1_0000, InspectTwoStagesTest::place);
        PageTable first = guest.table("x86-64");
        for (long page = 0x5000; page < 0x9000; page += PAGE) {
            first.map(0x10_0000 + page, page, 12, Rights.ALL, 0);
        }
        first.map(0x40_0000, 0, 21, Rights.ALL, 0);
        first.map(0x8000_0000L, 0x20_3000, 12, Rights.ALL, 0);
        small.save();
        nested = new String[] {
            small.image.toString(), "--root", "%#x".formatted(first.root()), "--stage2-format", "ept", "--stage2-root",
            "%#x".formatted(second.root())
        };
        return nested;
    }

    @Test
    void twoStagesAreWalkedInTwoDimensions() throws IOException {
        CommandLineRun run = run(
                prepend(new String[] {"--address", "0x105123", "--address", "0x106000"}, nested()));
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .contains(
                        "  stage 2  ept, 4 levels",
                        "  final gPA             21      22      23      24",
                        "  hPA %#014x, 4K page (4K in stage 1, 4K in stage 2), allows rwxrwx".formatted(place(0x5123)),
                        "  24 references",
                        "  fault: NOT_PRESENT in stage 2 at level 1, for address 0x000000006000");
        JsonNode told = run(prepend(
                new String[] {"--address", "0x107000", "--address", "0x80000010", "--address", "0x400fff", "--json"},
                nested())).json();
        assertThat(told.get("translations").get(0).get("output").asString()).isEqualTo("%#x".formatted(place(0x7000)));
        assertThat(told.get("translations").get(1).get("output").asString()).isEqualTo("0x40003010");
        assertThat(told.get("translations").get(2).get("pageSize").asString()).isEqualTo("4K");
    }

    @Test
    void pagesOfTwoStagesArePiecesOfTheSmallerSize() throws IOException {
        CommandLineRun run = run(prepend(new String[] {"--list", "leaves", "--csv"}, nested()));
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .contains(
                        "0x105000,%#x,4K,rwxu,false,false,false".formatted(place(0x5000)),
                        "0x107000,%#x,4K,r-xu,false,false,false".formatted(place(0x7000)),
                        "0x41e000,%#x,4K,rwxu,false,false,false".formatted(place(0x1_e000)),
                        "0x80000000,0x40003000,4K,rwxu,false,false,false")
                .noneMatch(line -> line.startsWith("0x106000") || line.startsWith("0x450000"))
                // Names; three of the four small pages; 79 of the large one's 512; the last.
                .hasSize(1 + 3 + 79 + 1);
        JsonNode totals = run(prepend(new String[] {"--json"}, nested())).json();
        assertThat(totals.at("/totals/4K").longValue()).isEqualTo(83);
        assertThat(run(prepend(new String[] {}, nested())).out())
                .contains("tables of stage 2: ept", "tables of stage 1: x86-64");
    }

    @Test
    void aSecondStageStandsAlone() throws IOException {
        String[] both = nested();
        String second = both[both.length - 1];
        CommandLineRun run = run(small.image.toString(), "--stage2-root", second, "--address", "0x5123");
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("hPA %#014x, 4K page".formatted(place(0x5123)), "4 references");
        assertThat(run(small.image.toString(), "--format", "ept", "--root", second, "--csv").out())
                .startsWith("address,size,pageSize,rights,global\n0x0,24576,4K,rwxu,false\n0x7000,4096,4K,r-xu,false\n")
                .endsWith("0x200000,2097152,2M,rwxu,false\n")
                .isEqualTo(run(small.image.toString(), "--stage2-root", second, "--csv").out());
        String missing = run(small.image.toString(), "--stage2-root", second, "--address", "0x6000").out();
        assertThat(missing).contains("in stage 2 at level 1", "hardware reports EPT violation");
    }
}
