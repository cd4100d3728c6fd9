package org.memvirt.runner.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.runner.Main;
import org.memvirt.runner.command.CommandLineRun;
import org.memvirt.runner.usage.WrongUsage;

class MetricsTest {
    @TempDir
    private Path folder;

    private String metrics() throws IOException {
        Path file = folder.resolve("m.prom");
        CommandLineRun run = CommandLineRun.of(
                "compare", "--workload", "uniform:footprint=1M,base=256M", "--accesses", "2000", "--vmm",
                "native,shadow,nested",
                "--mmu", "x86,mips-tlb", "--metrics-file", file.toString());
        assertThat(run.err()).isEmpty();
        return Files.readString(file);
    }

    /** Those that there are with a cache that has to be asked for, too. */
    private String allMetrics() throws IOException {
        Path file = folder.resolve("more.prom");
        CommandLineRun run = CommandLineRun.of(
                "run", "--workload", "uniform:footprint=1M", "--accesses", "2000", "--vmm", "nested",
                "--stage2-walk-cache", "reference", "--metrics-file", file.toString());
        assertThat(run.status()).as(run.err()).isZero();
        return metrics() + Files.readString(file);
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
                        "memvirt_accesses_total{format=\"x86-64\",mmu=\"x86\",vmm=\"x86 native\"} 2000.0",
                        "memvirt_accesses_total{format=\"x86-64\",mmu=\"x86\",vmm=\"x86 nested\"} 2000.0");
        assertThat(found("^# TYPE (\\w+) counter", text)).isNotEmpty().allMatch(name -> name.endsWith("_total"));
        assertThat(found("^# TYPE (\\w+) gauge", text)).isNotEmpty().allMatch(
                name -> name.endsWith("_bytes") || name.startsWith("memvirt_shadow_"));
        assertThat(found("^# TYPE (\\w+) ", text)).isEqualTo(found("^# HELP (\\w+) ", text));
    }

    @Test
    void theDocumentedMetricsAreThoseThatThereAre() throws IOException {
        String document = Files.readString(Path.of("..", "docs", "prometheus.md"));
        String text = allMetrics();
        assertThat(found("^\\| `(memvirt_\\w+)` ", document)).isEqualTo(found("^# TYPE (\\w+) ", text));
        for (String name : found("^# TYPE (\\w+) ", text)) {
            String labels = String.join(", ", labels(text, name));
            assertThat(document)
                    .containsPattern(
                            "(?m)^\\| `" + name + "` +\\| " + labels + " +\\| " + Pattern.quote(help(text, name))
                                    + " \\|$");
        }
    }

    private static String help(String text, String name) {
        String start = "# HELP " + name + " ";
        return text.lines().filter(line -> line.startsWith(start)).findFirst().orElseThrow().substring(start.length());
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
        try (MetricsServer server = serving();
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

    private static MetricsServer serving() throws IOException {
        MetricsServer server = new MetricsServer("127.0.0.1", 0, new MachineMetrics());
        assertThat(server.begin()).isTrue();
        return server;
    }

    @Test
    void aClientThatComesBeforeThereIsAMachineWaitsForIt() throws IOException {
        try (MetricsServer server = new MetricsServer("127.0.0.1", 0, new MachineMetrics());
                Socket early = connect(server)) {
            early.getOutputStream().write("GET /metrics HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            early.shutdownOutput();
            assertThat(server.begin()).isTrue();
            assertThat(server.begin()).isFalse();
            assertThat(new String(early.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void whoeverIsToldTheAddressFindsTheMachineThere() {
        StringBuilder scraped = new StringBuilder();
        PrintStream err = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
            @Override
            public void println(String line) {
                int at = line.indexOf("http://");
                try (InputStream answer = URI.create(line.substring(at)).toURL().openStream()) {
                    scraped.append(new String(answer.readAllBytes(), StandardCharsets.UTF_8));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        String[] run = {
            "run", "--workload", "uniform:footprint=1M", "--accesses", "1000", "--metrics-port", "0"
        };
        assertThat(Main.run(run, new PrintStream(OutputStream.nullOutputStream()), err)).isZero();
        assertThat(scraped).contains("memvirt_accesses_total{");
    }

    private static String ask(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        socket.shutdownOutput();
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static Socket connect(MetricsServer server) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), URI.create(server.address()).getPort());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "GET /metrics HTTP/1.1|200", "GET /metrics?name[]=a HTTP/1.0|200", "GET http://other/metrics HTTP/1.1|200",
        "HEAD /metrics HTTP/1.1|200", "GET / HTTP/1.1|404", "GET /metrics/ HTTP/1.1|404", "GET //metrics HTTP/1.1|404",
        "GET /../../etc/passwd HTTP/1.1|404", "GET /%2e%2e/x HTTP/1.1|404", "GET /% HTTP/1.1|400",
        "GET /%zz HTTP/1.1|400",
        "CONNECT a:1 HTTP/1.1|400", "OPTIONS * HTTP/1.1|400", "GET mailto:x HTTP/1.1|400", "GET  HTTP/1.1|400",
        "GET ?x HTTP/1.1|400", "GET /metrics|400", "GET /metrics HTTP/2|400", "nonsense|400",
        "POST /metrics HTTP/1.1|405",
        "DELETE /metrics HTTP/1.1|405", "TRACE /metrics HTTP/1.1|405",
    })
    void everyRequestIsAnswered(String line, String status) throws IOException {
        try (MetricsServer server = serving();
                Socket socket = connect(server)) {
            String answer = ask(socket, line + "\r\nHost: x\r\nContent-Length: -5\r\n\r\nbody");
            assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("\r\nConnection: close\r\n");
            assertThat(answer.endsWith("\r\n\r\n")).as("without a body").isEqualTo(line.contains("HEAD")
                    || status.equals("200"));
        }
    }

    @Test
    void anEndlessHeadIsRefused() throws IOException {
        try (MetricsServer server = serving();
                Socket socket = connect(server)) {
            assertThat(ask(socket, "GET /metrics HTTP/1.1\r\nX: " + "a".repeat(600_000))).startsWith("HTTP/1.1 431 ");
        }
    }

    @Test
    void slowAndSilentClientsKeepNobodyOut() throws IOException, InterruptedException {
        List<Socket> clients = new ArrayList<>();
        try (MetricsServer server = serving();
                HttpClient client = HttpClient.newHttpClient()) {
            for (int i = 0; i < 600; i++) {
                Socket slow = connect(server);
                clients.add(slow);
                if (i % 2 == 0) {
                    slow.getOutputStream().write("GET /metr".getBytes(StandardCharsets.ISO_8859_1));
                }
            }
            assertThat(get(client, server.address()).statusCode()).isEqualTo(200);
            // The oldest had to go for those that came later.
            assertThat(ended(clients.getFirst())).isTrue();
        }
        for (Socket slow : clients) {
            assertThat(ended(slow)).as("when the server is closed").isTrue();
            slow.close();
        }
    }

    private static boolean ended(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException e) {
            return true; // Reset.
        }
    }
}
