package org.memvirt.runner.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher script, with a JVM that only says how it was started. */
@EnabledOnOs(OS.LINUX)
class LauncherTest {
    private static final String JVM = """
            #!/bin/sh
            case " $* " in
            *' -Xmx1x '*) echo 'Invalid maximum heap size: -Xmx1x' >&2; exit 1 ;;
            *' -version '*) echo 'version 25' >&2; exit 0 ;;
            esac
            printf '%s\\n' "$@"
            echo "letters ${LC_ALL-none}"
            echo "input $(readlink /proc/self/fd/0)"
            cat
            """;

    @TempDir
    private Path folder;

    private Path home;
    private Path jdk;

    @BeforeEach
    void aDistributionAndAJdk() throws IOException {
        home = Files.createDirectory(folder.resolve("home"));
        Files.copy(Path.of("..", "memvirt"), home.resolve("memvirt"));
        jdk = Files.createDirectory(folder.resolve("jdk"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
        Path java = Files.createDirectory(jdk.resolve("bin")).resolve("java");
        Files.writeString(java, JVM);
        assertThat(java.toFile().setExecutable(true)).isTrue();
    }

    private void unpacked() throws IOException {
        Files.createFile(Files.createDirectory(home.resolve("lib")).resolve("memvirt-runner.jar"));
    }

    private CommandLineRun start(Map<String, String> variables, String redirections, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" " + redirections, "sh",
                "/bin/sh", home.resolve("memvirt").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.startsWith("MEMVIRT_"));
        builder.environment().putAll(Map.of("MEMVIRT_JAVA", jdk.toString(), "MEMVIRT_CACHE", "never", "LANG", "C"));
        builder.environment().putAll(variables);
        return MemvirtProcess.run(builder);
    }

    @Test
    void theJvmGetsTheArgumentsAsTheyAreAndLettersForFileNames() throws IOException, InterruptedException {
        unpacked();
        CommandLineRun run = start(Map.of("LC_ALL", "POSIX"), "", "trace", "info", "a b*.lackey", "");
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("\ntrace\ninfo\na b*.lackey\n\n", "\nletters C.UTF-8\n",
                "-Dmemvirt.home=" + home.toRealPath());
        assertThat(run.status()).isZero();
    }

    @Test
    void aLocaleThatIsSetStays() throws IOException, InterruptedException {
        unpacked();
        assertThat(start(Map.of("LC_ALL", "de_DE.UTF-8"), "", "list").out()).contains("letters de_DE.UTF-8\n");
        assertThat(start(Map.of("LANG", "de_DE.UTF-8"), "", "list").out()).contains("letters none\n");
    }

    @Test
    void aClosedStandardInputCannotBeRead() throws IOException, InterruptedException {
        unpacked();
        CommandLineRun run = start(Map.of(), "<&-", "run", "--trace", "-");
        assertThat(run.out()).contains("\n--trace\n-\n", "\ninput /dev/null\n");
        assertThat(run.err()).startsWith("cat: ").contains("Bad file descriptor");
    }

    @Test
    void aJvmThatDoesNotStartIsNoFailedCheck() throws IOException, InterruptedException {
        unpacked();
        CommandLineRun run = start(Map.of("MEMVIRT_JAVA_OPTS", "-Xmx1x"), "", "list");
        assertThat(run.err())
                .contains("Invalid maximum heap size: -Xmx1x\n")
                .contains("memvirt: the JVM of " + jdk + " does not start", "MEMVIRT_JAVA_OPTS is '-Xmx1x'");
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).isEqualTo(2);
        CommandLineRun limited = start(Map.of("MEMVIRT_JAVA_OPTS", "-Xmx1g"), "", "list");
        assertThat(limited.out()).contains("\n-Xmx1g\n").doesNotContain("version");
        assertThat(limited.err()).isEmpty();
        assertThat(limited.status()).isZero();
    }

    @Test
    void aCheckoutThatWasNeverBuiltAndCannotBeWrittenSaysSo() throws IOException, InterruptedException {
        Files.createFile(home.resolve("pom.xml"));
        Files.createFile(home.resolve("target")); // In the way of the folder, even of root's.
        CommandLineRun run = start(Map.of(), "", "list");
        assertThat(run.err()).startsWith("memvirt: this checkout was never built, and nothing can be written to ")
                .hasLineCount(1);
        assertThat(run.status()).isEqualTo(2);
        assertThat(start(Map.of("MEMVIRT_BUILD", "never"), "", "list").err())
                .startsWith("memvirt: this checkout was never built, and MEMVIRT_BUILD=never forbids to build it");
    }

    @Test
    void aStaleBuildThatCannotBeWrittenRunsWithANotice() throws IOException, InterruptedException {
        Path lib = Files.createDirectories(home.resolve("runner/target/dist/lib"));
        Files.createFile(lib.resolve("memvirt-runner.jar"));
        Files.setLastModifiedTime(lib, java.nio.file.attribute.FileTime.fromMillis(0));
        Files.createFile(home.resolve("pom.xml"));
        Files.createFile(home.resolve("target"));
        CommandLineRun run = start(Map.of(), "", "list");
        assertThat(run.err())
                .startsWith("memvirt: sources are newer than what was built, and nothing can be written to ");
        assertThat(run.out()).contains("\nlist\n");
        assertThat(run.status()).isZero();
    }

    @Test
    void aFolderWithoutJarsSaysSo() throws IOException, InterruptedException {
        CommandLineRun run = start(Map.of(), "", "list");
        assertThat(run.err())
                .isEqualTo("memvirt: %s is missing: start the memvirt of an unpacked distribution, or of a checkout.\n"
                        .formatted(home.toRealPath().resolve("lib")));
        assertThat(run.status()).isEqualTo(2);
    }

    /** Without the launcher, which sees to it that names come through. */
    @ParameterizedTest
    @ValueSource(strings = {"--trace", "--config", "--json", "--metrics-file"})
    void aNameThatTheLocaleCannotExpressIsRefusedWithAdvice(String option) throws IOException, InterruptedException {
        Path script = folder.resolve("run.sh");
        String java =
                String.join(" ", MemvirtProcess.java("run", "--workload", "uniform:footprint=1M", "--accesses", "9",
                        option, "gr\u00fcn"));
        Files.writeString(script, "exec "
                + (option.equals("--trace") ? java.replace("--workload uniform:footprint=1M", "") : java) + "\n",
                UTF_8);
        ProcessBuilder builder = new ProcessBuilder("sh", script.toString());
        builder.environment().put("LC_ALL", "POSIX");
        CommandLineRun run = MemvirtProcess.run(builder);
        assertThat(run.err())
                .contains("the name has letters that the locale's character set, ANSI_X3.4-1968, does not", "C.UTF-8")
                .doesNotContain("internal error", "Exception");
        assertThat(run.status()).isEqualTo(2);
    }
}
