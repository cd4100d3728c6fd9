package org.memvirt.runner.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Command lines in a process of their own, for what a test's own process cannot show. */
final class MemvirtProcess {
    private MemvirtProcess() {}

    /** @param before shell commands to run first, such as {@code ulimit -f 1}, and redirections after {@code exec "$@"} */
    static ProcessBuilder through(String before, String redirections, String... arguments) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", before + "; exec \"$@\" " + redirections, "sh"));
        command.addAll(java(arguments));
        return new ProcessBuilder(command);
    }

    static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("java.class.path"), "org.memvirt.runner.Main"));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs it to its end. */
    static CommandLineRun run(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("it does not end");
        }
        return new CommandLineRun(process.exitValue(), out, err);
    }
}
