package org.memvirt.runner.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** What a command line did, run within the test's process. */
public record CommandLineRun(int status, String out, String err) {
    public static CommandLineRun of(String... arguments) {
        return withInput(new byte[0], arguments);
    }

    public static CommandLineRun withInput(byte[] input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = CommandTree.execute(
                new Console(
                        new ByteArrayInputStream(input),
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        false,
                        false),
                arguments);
        return new CommandLineRun(status, out.toString(UTF_8), err.toString(UTF_8));
    }

    public JsonNode json() {
        return new ObjectMapper().readTree(out);
    }

    /** A run of a small workload. */
    static CommandLineRun small(String... more) {
        String[] arguments = new String[more.length + 5];
        System.arraycopy(
                new String[] {"run", "--workload", "uniform:footprint=1M", "--accesses", "1000"}, 0, arguments, 0, 5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        return of(arguments);
    }

    /** Holds that a command gave this status, no result and a message of a line or two with these parts. */
    static void assertRefused(CommandLineRun run, int status, String... parts) {
        assertThat(run.err()).contains(parts).doesNotContain("\tat ");
        assertThat(run.err().lines().count()).isLessThanOrEqualTo(2);
        assertThat(run.status()).isEqualTo(status);
        assertThat(run.out()).isEmpty();
    }
}
