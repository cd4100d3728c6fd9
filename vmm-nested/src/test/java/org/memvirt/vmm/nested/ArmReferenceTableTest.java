package org.memvirt.vmm.nested;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.format.CountedFrames;

/** The references of walks of Arm's granules on each other, with start levels of stage 2, and the document that shows them. */
final class ArmReferenceTableTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "two-dimensional-walks.md");
    private static final long GUEST_TABLES = 1L << 20;
    private static final long GUEST_TABLES_END = 2L << 20;
    private static final long STAGE_TWO_TABLES = 3L << 30;
    private static final long PAGE = 1L << 30;

    private record Named(String name, PageTableFormat format, int levels) {}

    private static Named guest(String granule, int bits, int levels) {
        Map<String, String> options = Map.of("va-bits", Integer.toString(bits), "half", "lower");
        return new Named(
                "%sK, %d bits".formatted(granule, bits), Arm.format("aarch64-" + granule + "k").with(options), levels);
    }

    private static Named host(String granule, int bits, int startLevel) {
        Map<String, String> options =
                Map.of("ipa-bits", Integer.toString(bits), "start-level", Integer.toString(startLevel));
        return new Named(
                "%sK, %d bits, level %d".formatted(granule, bits, startLevel),
                Arm.format("aarch64-s2-" + granule + "k").with(options),
                4 - startLevel);
    }

    private static List<Named> guests() {
        return List.of(
                guest("4", 48, 4), guest("4", 39, 3), guest("16", 48, 4), guest("16", 47, 3), guest("64", 48, 3),
                guest("64", 42, 2));
    }

    private static List<Named> hosts() {
        return List.of(
                host("4", 48, 0), host("4", 40, 1), host("16", 48, 1), host("16", 40, 2), host("64", 48, 1),
                host("64", 46, 2));
    }

    /** Walks once and counts. */
    private static int references(PageTableFormat guest, PageTableFormat host) {
        PhysicalMemory memory = new PhysicalMemory(1L << 32);
        PageTable table = guest.create(memory, new CountedFrames(memory, GUEST_TABLES));
        table.map(PAGE, PAGE, guest.pageShifts().getFirst(), Rights.ALL, PageTable.ACCESSED);
        PageTable stageTwo = host.create(memory, new CountedFrames(memory, STAGE_TWO_TABLES));
        int shift = host.pageShifts().getFirst();
        for (long gpa = GUEST_TABLES; gpa < GUEST_TABLES_END; gpa += 1L << shift) {
            stageTwo.map(gpa, gpa, shift, Rights.ALL, PageTable.ACCESSED);
        }
        stageTwo.map(PAGE, PAGE, shift, Rights.ALL, PageTable.ACCESSED);
        return count(guest, table, new StageTwoPort(new TableRoot(host, stageTwo.root()), new HostPort(memory)));
    }

    private static int references(PageTableFormat guest) {
        PhysicalMemory memory = new PhysicalMemory(1L << 32);
        PageTable table = guest.create(memory, new CountedFrames(memory, GUEST_TABLES));
        table.map(PAGE, PAGE, guest.pageShifts().getFirst(), Rights.ALL, PageTable.ACCESSED);
        return count(guest, table, new HostPort(memory));
    }

    private static int count(PageTableFormat guest, PageTable table, WalkPort port) {
        Walk walk = Walk.outer();
        walk.start(table.root(), PAGE + 0x123, Rights.USER_READ);
        guest.walk(walk, port);
        assertThat(walk.succeeded()).as("%s", walk).isTrue();
        assertThat(walk.outputAddress).isEqualTo(PAGE + 0x123);
        return walk.trail.length();
    }

    @Test
    void everyPairMakesWhatTheFormulaSays() {
        for (Named guest : guests()) {
            int n = guest.levels;
            assertThat(guest.format.levels()).as(guest.name).isEqualTo(n);
            assertThat(references(guest.format)).isEqualTo(n);
            for (Named host : hosts()) {
                int m = host.levels;
                assertThat(references(guest.format, host.format))
                        .as("%s on %s", guest.name, host.name)
                        .isEqualTo((n + 1) * (m + 1) - 1);
            }
        }
    }

    @Test
    void theDocumentShowsWhatIsCounted() throws IOException {
        List<String> lines = Files.readAllLines(DOCUMENT);
        List<String> shown = lines.subList(lines.indexOf("## Arm"), lines.size()).stream()
                .filter(line -> line.startsWith("|"))
                .toList();
        assertThat(shown).as("the table of Arm in %s", DOCUMENT).isEqualTo(counted());
    }

    private static List<String> counted() {
        List<String> counted = new ArrayList<>();
        counted.add("| stage 1 | alone | %s |"
                .formatted(hosts().stream().map(Named::name).collect(Collectors.joining(" | "))));
        counted.add("|---|---|" + "---|".repeat(hosts().size()));
        for (Named guest : guests()) {
            counted.add("| %s | %d | %s |"
                    .formatted(
                            guest.name,
                            references(guest.format),
                            hosts().stream()
                                    .map(host -> Integer.toString(references(guest.format, host.format)))
                                    .collect(Collectors.joining(" | "))));
        }
        return counted;
    }
}
