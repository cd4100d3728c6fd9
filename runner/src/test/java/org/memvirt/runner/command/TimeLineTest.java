package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was counted from point to point, and the exits by cause. */
class TimeLineTest {
    private static final int WALKS = 3;
    private static final int EXITS = 7;

    @TempDir
    private Path folder;

    private List<String[]> points(String... arguments) throws IOException {
        Path file = folder.resolve("points.csv");
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--timeline";
        all[arguments.length + 1] = "3K," + file;
        CommandLineRun run = CommandLineRun.of(all);
        assertThat(run.status()).as(run.err()).isZero();
        List<String> lines = Files.readAllLines(file);
        assertThat(lines.getFirst()).isEqualTo("run,accesses,lastTlbMisses,walks,walkReferences,handlers,guestFaults,"
                + "exits,guestTableBytes,vmmTableBytes,guestBytes,hostBytes");
        return lines.stream().skip(1).map(line -> line.split(",")).toList();
    }

    private static long total(String json, String path) {
        Matcher number = Pattern.compile(path + "\\D*(\\d+)", Pattern.DOTALL).matcher(json);
        assertThat(number.find()).as(path).isTrue();
        return Long.parseLong(number.group(1));
    }

    private static long sum(List<String[]> points, int column) {
        return points.stream().mapToLong(point -> Long.parseLong(point[column])).sum();
    }

    @Test
    void thePointsOfARunAddUp() throws IOException {
        Path json = folder.resolve("r.json");
        for (String passes : new String[] {"1", "2"}) {
            List<String[]> points =
                    points("run", "--workload", "uniform:footprint=16M", "--accesses", "10K", "--passes",
                            passes, "--json=" + json, "--quiet");
            List<String> accesses = points.stream().map(point -> point[1]).toList();
            assertThat(accesses).startsWith("3000", "6000", "9000").endsWith(passes.equals("1") ? "10000" : "20000");
            String text = Files.readString(json);
            assertThat(sum(points, WALKS)).isEqualTo(total(text, "\"walks\" : "));
            assertThat(sum(points, EXITS)).isEqualTo(total(text, "\"exits\" : \\{\\s*\"total\" : "));
            assertThat(text).contains("\"timeLine\" : {", "\"every\" : 3000");
            assertThat(Long.parseLong(points.getLast()[9])).isEqualTo(total(text, "\"vmmBytes\" : "));
        }
    }

    @Test
    void scenariosAndComparisonsHaveThem() throws IOException {
        assertThat(points("run", "--scenario", "server:processes=3,accesses=5K", "--cores", "2", "--quantum", "1000"))
                .hasSize(5);
        List<String[]> both =
                points("compare", "--vmm", "static,shadow", "--workload", "uniform:footprint=1M", "--accesses", "6K");
        assertThat(both.stream().map(point -> point[0])).containsExactly("static", "static", "shadow", "shadow");
    }

    @Test
    void aTimeLineOfNoAccessesIsRefused() {
        for (String wrong : new String[] {"0", "none", "-1"}) {
            CommandLineRun run =
                    CommandLineRun.of("run", "--workload", "uniform", "--accesses", "10", "--timeline=" + wrong);
            assertThat(run.status()).as(wrong).isEqualTo(2);
            assertThat(run.err()).contains("--timeline");
        }
    }

    @Test
    void exitsAreToldByCauseWithTheirShares() {
        CommandLineRun run = CommandLineRun.of("run", "--workload", "uniform:footprint=1M", "--accesses", "5K", "--vmm",
                "shadow");
        assertThat(run.out())
                .contains("Exits by cause\n")
                .containsPattern("  cause +exits +exits% +cycles +cycles% +cycles each\n")
                .containsPattern("\n  all +[\\d,]+ +100.00% +[\\d,]+ +100.00% +[\\d,]+\n");
        assertThat(CommandLineRun.of("run", "--workload", "uniform:footprint=1M", "--accesses", "5K", "--vmm",
                "native").out()).doesNotContain("Exits by cause");
    }
}
