package org.memvirt.runner.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memvirt.runner.command.CommandLineRun;
import org.memvirt.runner.usage.WrongUsage;

class MetricsTest {
    @TempDir
    private Path folder;

    private String metrics() throws IOException {
        Path file = folder.resolve("m.prom");
        CommandLineRun run = CommandLineRun.of(
                "compare", "--workload", "uniform:footprint=1M", "--accesses", "2000", "--vmm", "native,nested",
                "--metrics-file", file.toString());
        assertThat(run.err()).isEmpty();
        return Files.readString(file);
    }

    private static Set<String> found(String pattern, String text) {
        Set<String> found = new TreeSet<>();
        Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    @Test
    void everyMetricIsValidPrometheusText() throws IOException {
        String text = metrics();
        assertThat(text.lines()).allMatch(line -> line.matches(
                "# (HELP|TYPE) memvirt_[a-z0-9_]+ .+|memvirt_[a-z0-9_]+\\{([a-z_]+=\"[^\"]*\",?)+\\} [0-9.E]+"));
        assertThat(text)
                .contains(
                        "memvirt_accesses_total{format=\"x86-64\",mmu=\"x86\",vmm=\"native\"} 2000.0",
                        "memvirt_accesses_total{format=\"x86-64\",mmu=\"x86\",vmm=\"nested\"} 2000.0");
        assertThat(found("^# TYPE (\\w+) counter", text)).isNotEmpty().allMatch(name -> name.endsWith("_total"));
        assertThat(found("^# TYPE (\\w+) gauge", text)).isNotEmpty().allMatch(name -> name.endsWith("_bytes"));
        assertThat(found("^# TYPE (\\w+) ", text)).isEqualTo(found("^# HELP (\\w+) ", text));
    }

    @Test
    void theDocumentedMetricsAreThoseThatThereAre() throws IOException {
        String document = Files.readString(Path.of("..", "docs", "prometheus.md"));
        String text = metrics();
        assertThat(found("^\\| `(memvirt_\\w+)` ", document)).isEqualTo(found("^# TYPE (\\w+) ", text));
        for (String name : found("^# TYPE (\\w+) ", text)) {
            String labels = String.join(", ", labels(text, name));
            assertThat(document)
                    .containsPattern(
                            "(?m)^\\| `" + name + "` +\\| " + (labels.isEmpty() ? "" : labels) + " +\\| .+ \\|$");
        }
    }

    /** The labels of a metric beside those that all have, in backquotes. */
    private static Set<String> labels(String text, String name) {
        Set<String> labels = new TreeSet<>();
        text.lines().filter(line -> line.startsWith(name + "{")).forEach(line -> found("([a-z]+)=\"", line)
                .forEach(label -> labels.add("`" + label + "`")));
        labels.removeAll(Set.of("`format`", "`mmu`", "`vmm`"));
        return labels;
    }

    @Test
    void theServerAnswersAtItsAddressOnly() throws IOException, InterruptedException {
        try (MetricsServer server = new MetricsServer("127.0.0.1", 0, new MachineMetrics());
                HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> metrics = get(client, server.address());
            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.headers().firstValue("content-type"))
                    .hasValue("text/plain; version=0.0.4; charset=utf-8");
            assertThat(get(client, server.address() + "x").statusCode()).isEqualTo(404);
            HttpRequest post = HttpRequest.newBuilder(URI.create(server.address()))
                    .POST(HttpRequest.BodyPublishers.noBody())
                    .build();
            assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
        }
    }

    private static HttpResponse<String> get(HttpClient client, String address)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void anUnknownHostIsWrongUsage() {
        assertThatThrownBy(() -> new MetricsServer("no such host", 0, new MachineMetrics()))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("no such host");
    }
}
