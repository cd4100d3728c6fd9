package org.memvirt.vmm.nested;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.format.CountedFrames;

/** The references of a walk for every pair of formats and page sizes, counted, and the document that shows them. */
final class ReferenceTableTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "two-dimensional-walks.md");
    private static final long GUEST_TABLES = 1L << 20;
    private static final long STAGE_TWO_TABLES = 3L << 30;
    private static final long PAGE = 1L << 30;

    /** A format with the levels that a walk of it reads in memory for its smallest page. */
    private record Named(String name, PageTableFormat format, int levels) {}

    private static Named named(String name, String format, Map<String, String> options, int levels) {
        return new Named(name, X86.format(format).with(options), levels);
    }

    private static List<Named> guests() {
        return List.of(
                named("x86-64-la57", "x86-64-la57", Map.of(), 5),
                named("x86-64", "x86-64", Map.of(), 4),
                named("pae, pointers in memory", "pae", Map.of("pdptes", "memory"), 3),
                named("pae, pointers in registers", "pae", Map.of(), 2),
                named("ia32", "ia32", Map.of(), 2));
    }

    private static List<Named> hosts() {
        return List.of(
                named("5", "ept5", Map.of(), 5),
                named("4", "ept", Map.of(), 4),
                named("PAE", "npt", Map.of("mode", "pae"), 3),
                named("32-bit", "npt", Map.of("mode", "32bit"), 2));
    }

    /** Walks once and counts. */
    private static int references(PageTableFormat guest, int guestShift, PageTableFormat host, int hostShift) {
        PhysicalMemory memory = new PhysicalMemory(1L << 32);
        PageTable table = guest.create(memory, new CountedFrames(memory, GUEST_TABLES));
        table.map(PAGE, PAGE, guestShift, Rights.ALL, 0);
        PageTable stageTwo = host.create(memory, new CountedFrames(memory, STAGE_TWO_TABLES));
        for (long gpa : new long[] {GUEST_TABLES, PAGE}) {
            stageTwo.map(gpa & -1L << hostShift, gpa & -1L << hostShift, hostShift, Rights.ALL, 0);
            // The guest's tables take a few frames.
            for (long next = gpa; hostShift == 12 && gpa == GUEST_TABLES && next < gpa + 0x8000; next += 4096) {
                if (stageTwo.find(next) == null) {
                    stageTwo.map(next, next, 12, Rights.ALL, 0);
                }
            }
        }
        WalkPort port = new StageTwoPort(new TableRoot(host, stageTwo.root()), new HostPort(memory));
        return count(guest, table, port, guestShift);
    }

    private static int references(PageTableFormat guest, int guestShift) {
        PhysicalMemory memory = new PhysicalMemory(1L << 32);
        PageTable table = guest.create(memory, new CountedFrames(memory, GUEST_TABLES));
        table.map(PAGE, PAGE, guestShift, Rights.ALL, 0);
        return count(guest, table, new HostPort(memory), guestShift);
    }

    private static int count(PageTableFormat guest, PageTable table, WalkPort port, int guestShift) {
        Walk walk = Walk.outer();
        WalkPort loaded = guest.loadRoot(walk, table.root(), port);
        // The first walk sets accessed flags, for which EPT asks for the right to write once more.
        for (int time = 0; time < 2; time++) {
            walk.start(table.root(), PAGE + 0x123, Rights.USER_READ);
            guest.walk(walk, loaded);
        }
        assertThat(walk.outputAddress).isEqualTo(PAGE + 0x123);
        assertThat(walk.stage1Shift).isEqualTo(guestShift);
        return walk.trail.length();
    }

    /** The levels that a walk to a page of this size reads. */
    private static int read(Named format, int shift) {
        return format.levels - format.format.pageShifts().indexOf(shift);
    }

    @Test
    void everyPairMakesWhatTheFormulaSays() {
        for (Named guest : guests()) {
            for (int guestShift : guest.format.pageShifts()) {
                int n = read(guest, guestShift);
                assertThat(references(guest.format, guestShift)).isEqualTo(n);
                for (Named host : hosts()) {
                    for (int hostShift : host.format.pageShifts()) {
                        int m = read(host, hostShift);
                        assertThat(references(guest.format, guestShift, host.format, hostShift))
                                .as("%s 2^%d on %s 2^%d", guest.name, guestShift, host.name, hostShift)
                                .isEqualTo((n + 1) * (m + 1) - 1);
                    }
                }
            }
        }
    }

    @Test
    void nestedPageTablesCostWhatExtendedOnesOfTheirLevelsDo() {
        PageTableFormat guest = X86.format("x86-64");
        PageTableFormat five = X86.format("npt").with(Map.of("mode", "5level"));
        for (int guestShift : guest.pageShifts()) {
            for (int hostShift : five.pageShifts()) {
                assertThat(references(guest, guestShift, five, hostShift))
                        .isEqualTo(references(guest, guestShift, X86.format("ept5"), hostShift));
                assertThat(references(guest, guestShift, X86.format("npt"), hostShift))
                        .isEqualTo(references(guest, guestShift, X86.format("ept"), hostShift));
            }
        }
    }

    @Test
    void theDocumentShowsWhatIsCounted() throws IOException {
        List<String> shown = Files.readAllLines(DOCUMENT).stream()
                .takeWhile(line -> !line.startsWith("## "))
                .filter(line -> line.startsWith("|"))
                .toList();
        assertThat(shown).as("the table of %s", DOCUMENT).isEqualTo(counted());
    }

    private static List<String> counted() {
        StringBuilder head = new StringBuilder("| guest | page | native |");
        StringBuilder rule = new StringBuilder("|---|---|---|");
        for (Named host : hosts()) {
            for (int hostShift : host.format.pageShifts()) {
                head.append(" %s: %s |".formatted(host.name, Sizes.ofPage(hostShift)));
                rule.append("---|");
            }
        }
        List<String> lines = new ArrayList<>(List.of(head.toString(), rule.toString()));
        for (Named guest : guests()) {
            for (int guestShift : guest.format.pageShifts()) {
                StringBuilder line = new StringBuilder("| %s | %s | %d |".formatted(
                        guest.name, Sizes.ofPage(guestShift), references(guest.format, guestShift)));
                for (Named host : hosts()) {
                    for (int hostShift : host.format.pageShifts()) {
                        line.append(" %d |".formatted(
                                references(guest.format, guestShift, host.format, hostShift)));
                    }
                }
                lines.add(line.toString());
            }
        }
        return lines;
    }
}
