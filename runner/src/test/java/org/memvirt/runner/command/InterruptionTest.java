package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** A run in a process of its own, scraped while it runs and then asked to terminate: Ctrl-C does the same, but a background shell may have it ignored. */
@DisabledOnOs(OS.WINDOWS)
class InterruptionTest {
    private static final String ACCESSES = "memvirt_accesses_total{";

    @Test
    void countersRiseDuringARunAndAnInterruptedRunReportsWhatItHas() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "org.memvirt.runner.Main"));
        command.addAll(List.of(
                "run", "--workload", "uniform:footprint=1M", "--accesses", "1000000000000", "--metrics-port", "0",
                "--json"));
        Process process = new ProcessBuilder(command).start();
        try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8);
                BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                HttpClient client = HttpClient.newHttpClient()) {
            String address = err.readLine().replaceFirst("memvirt: metrics at ", "");
            long first = awaitMore(client, address, 0);
            long second = awaitMore(client, address, first);
            new ProcessBuilder("kill", "-TERM", Long.toString(process.pid())).start().waitFor();
            JsonNode result = new ObjectMapper().readTree(out);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as("128 and the signal's number, as after Ctrl-C").isEqualTo(128 + 15);
            assertThat(result.get("partial").booleanValue()).isTrue();
            assertThat(result.get("error").asString()).isEqualTo("interrupted");
            assertThat(result.get("accesses").longValue()).isGreaterThanOrEqualTo(second);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Scrapes until more accesses are told than {@code before}. */
    private static long awaitMore(HttpClient client, String address, long before)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            String text = client.send(
                    HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
            long accesses = text.lines()
                    .filter(line -> line.startsWith(ACCESSES))
                    .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
            if (accesses > before) {
                return accesses;
            }
            assertThat(System.nanoTime()).describedAs("counters rise within a minute").isLessThan(deadline);
        }
    }
}
