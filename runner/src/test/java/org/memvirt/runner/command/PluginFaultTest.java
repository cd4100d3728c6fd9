package org.memvirt.runner.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.workload.TraceFormat;
import org.memvirt.api.workload.WorkloadProvider;
import org.memvirt.runner.plugin.JarMaker;

/** Whatever a plug-in does is told as its fault, with its jar, and keeps nothing else from working. */
class PluginFaultTest {
    private static final String THROW = "if (true) throw new IllegalStateException(\"boom\");";
    private static final String ERROR = "if (true) throw new AssertionError(\"boom\");";
    private static final String GONE = "new Object() { void go() { throw new NoClassDefFoundError(\"Gone\"); } }.go();";

    @TempDir
    private Path folder;

    private CommandLineRun run(String... arguments) {
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--plugins";
        all[arguments.length + 1] = folder.toString();
        return CommandLineRun.of(all);
    }

    private String trace() throws IOException {
        return Files.write(folder.resolve("t.lackey"), " L 1000,8\n".getBytes(US_ASCII)).toString();
    }

    /** What needs no plug-in works, beside one that may be broken. */
    private void assertTheRestWorks() throws IOException {
        assertThat(run("list").status()).isZero();
        assertThat(run("list", "--json").json().get("workloads").toString()).contains("zipf");
        assertThat(run("run", "--workload", "uniform:footprint=1M", "--accesses", "100").status()).isZero();
        assertThat(run("trace", "info", trace()).status()).isZero();
        assertThat(run("conform", "../samples/ept-4level-walk-60.jsonl.xz").status()).isZero();
    }

    private void workload(String change, String by) throws IOException {
        String source = JarMaker.workload("Bad", "bad").replace(change, by);
        assertThat(source).contains(by);
        JarMaker.jar(folder, "bad.jar", WorkloadProvider.class, "Bad", source);
    }

    private static void assertBlamed(CommandLineRun run, String... parts) {
        assertThat(run.err()).contains("bad.jar").contains(parts)
                .doesNotContain("fault of memvirt, not yours", "\tat ");
        assertThat(run.status()).isEqualTo(ExitStatus.INTERNAL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "public String name() {|public Bad() { %T }public String name() {|IllegalStateException: boom",
                "public String name() {|public Bad() { %E }public String name() {|AssertionError: boom",
                "public String name() {|static { %T } public String name() {|IllegalStateException: boom",
                "public String name() {|public String name() { %T|it does not tell its name: IllegalStateException",
                "public String name() {|public String name() { %E|AssertionError: boom",
                "public String name() {|public String name() { if (true) return null;|'null' is no name of a workload",
                "return \"bad\";|return \"\";|'' is no name of a workload",
                "return \"bad\";|return \"A b:c\\n\\u001b[31m\";|'A b:c ?[31m' is no name of a workload",
            })
    void aServiceWithoutAUsableNameIsBroken(String change, String by, String reason) throws IOException {
        workload(change, filled(by));
        assertTheRestWorks();
        assertThat(run("list").out().replaceAll("\\s+", " ")).contains("bad.jar", reason).doesNotContain("\u001b");
        CommandLineRun asked = run("run", "--workload", "bad");
        assertThat(asked.err()).contains("there is no workload 'bad'", "bad.jar", reason);
        assertThat(asked.status()).isEqualTo(ExitStatus.WRONG_USAGE);
    }

    private static String filled(String by) {
        return by.replace("%T", THROW).replace("%E", ERROR).replace("%G", GONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "return \"for a test\";|return null;",
                "return \"for a test\";|%T return null;",
                "return List.of();|return null;",
                "return List.of();|%E return null;",
            })
    void whatCannotSayAllOfItsRowIsListedAsBroken(String change, String by) throws IOException {
        workload(change, filled(by));
        assertTheRestWorks();
        String list = run("list").out();
        assertThat(list.substring(list.indexOf("Plug-ins that cannot be used"))).contains("bad.jar", "bad: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "return List.of();|return null;|gives null in place of its options",
                "return List.of();|%T return null;|IllegalStateException: boom",
                "return new AccessSource|%T return new AccessSource|IllegalStateException: boom",
                "return new AccessSource|%E return new AccessSource|AssertionError: boom",
                "return new AccessSource|%G return new AccessSource|NoClassDefFoundError: Gone",
                "return new AccessSource|if (true) return null; return new AccessSource|gives null in place of a source",
                "return new AccessSource|options.integer(\"b\"); return new AccessSource|asks for option 'b'",
            })
    void whatFailsWhenItIsOpenedIsBlamed(String change, String by, String reason) throws IOException {
        workload(change, filled(by));
        assertTheRestWorks();
        assertBlamed(run("run", "--workload", "bad"), "workload 'bad'", reason);
        assertBlamed(run("trace", "convert", "--workload", "bad", folder.resolve("o").toString()), reason);
        assertThat(folder.resolve("o")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "%T|IllegalStateException: boom (at access 1,",
                "%E|AssertionError: boom (at access 1,",
                "%G|NoClassDefFoundError: Gone (at access 1,",
                "batch.addresses[1 << 28] = 0;|ArrayIndexOutOfBoundsException",
                "batch.length = batch.capacity() + 5;|has filled 4101 places of a batch that has 4096 (at access 1,",
                "batch.length = -1;|has filled -1 places",
                "batch.add(0x1000, 1); batch.add(0x1000, 9);|rights 0x9, which no access can need (at access 2,",
                "batch.add(0x1000, 0);|rights 0x0, which no access can need (at access 1,",
                "batch.add(0x1000, 1); if (true) return false;|there are no more accesses, and gives 1 (at access 1,",
            })
    void whatFailsWhileItIsPlayedIsBlamedWithTheAccess(String second, String reason) throws IOException {
        // The first batch, of one access, is good.
        workload("boolean first",
                "if (given) { " + filled(second) + " if (batch.length != 0) return true; } boolean first");
        String target = folder.resolve("o").toString();
        assertBlamed(run("run", "--workload", "bad", "--json"), "workload 'bad'", reason);
        assertBlamed(run("trace", "convert", "--workload", "bad", target), reason);
        assertThat(folder.resolve("o")).doesNotExist();
    }

    @Test
    void aSourceThatCannotBeClosedIsBlamed() throws IOException {
        workload("public void close() {", "public void close() { " + THROW);
        assertBlamed(run("run", "--workload", "bad"), "IllegalStateException: boom");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"%T return false;", "%E return false;", "%G return false;"})
    void aTraceFormatThatFailsToRecognizeIsLeftOut(String body) throws IOException {
        JarMaker.jar(folder, "bad.jar", TraceFormat.class, "Bad", traceFormat(filled(body), "return null;"));
        assertThat(run("trace", "info", trace()).err()).contains("bad.jar cannot be used: badformat: ");
        assertTheRestWorks();
    }

    @Test
    void aTraceFormatThatGivesNothingIsBlamed() throws IOException {
        JarMaker.jar(folder, "bad.jar", TraceFormat.class, "Bad", traceFormat("return false;", "return null;"));
        assertBlamed(
                run("trace", "info", trace(), "--trace-format", "badformat"), "trace format 'badformat'", "gives null");
    }

    @Test
    void aTraceFormatThatClaimsEverythingIsNamedWithItsJar() throws IOException {
        JarMaker.jar(folder, "bad.jar", TraceFormat.class, "Bad", traceFormat("return true;", "return null;"));
        CommandLineRun run = run("trace", "info", trace());
        assertThat(run.err()).contains("badformat (", "bad.jar", "--trace-format");
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_USAGE);
    }

    private static String traceFormat(String recognizes, String open) {
        return """
                import java.io.*;
                import org.memvirt.api.workload.*;
                public final class Bad implements TraceFormat {
                    public String name() { return "badformat"; }
                    public String description() { return "d"; }
                    public boolean recognizes(byte[] bytes) { %s }
                    public AccessSource open(InputStream in, String name, long skip) throws IOException { %s }
                }
                """.formatted(recognizes, open);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "return null;|gives null in place of its architecture", "%T return null;|IllegalStateException: boom",
                "%E return null;|AssertionError: boom"
            })
    void anMmuThatFailsIsBlamed(String architecture, String reason) throws IOException {
        JarMaker.jar(folder, "bad.jar", MmuProvider.class, "Bad", """
                import org.memvirt.api.architecture.*;
                public final class Bad implements MmuProvider {
                    public String name() { return "badmmu"; }
                    public String description() { return "d"; }
                    public MmuArchitecture architecture() { %s }
                }
                """.formatted(filled(architecture)));
        assertTheRestWorks();
        assertBlamed(run("run", "--mmu", "badmmu", "--workload", "uniform"), "MMU 'badmmu'", reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "return null;|memvirt cannot go on with the plug-in strategy 'badvmm'",
                "%T return null;|IllegalStateException: boom", "%E return null;|AssertionError: boom",
                "options.text(\"x\"); return null;|asks for option 'x'"
            })
    void aStrategyThatFailsIsBlamed(String create, String reason) throws IOException {
        JarMaker.jar(folder, "bad.jar", VmmProvider.class, "Bad", """
                import org.memvirt.api.option.*;
                import org.memvirt.api.vmm.*;
                public final class Bad implements VmmProvider {
                    public String name() { return "badvmm"; }
                    public String description() { return "d"; }
                    public boolean usesStageTwo() { return false; }
                    public VirtualMachine create(Host host, Options options) { %s }
                }
                """.formatted(filled(create)));
        assertTheRestWorks();
        assertBlamed(run("run", "--vmm", "badvmm", "--workload", "uniform"), "strategy 'badvmm'", reason);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    @Timeout(60)
    void aPipeOrADeviceIsNoJar() throws IOException, InterruptedException {
        new ProcessBuilder("mkfifo", folder.resolve("pipe.jar").toString()).start().waitFor();
        Files.createSymbolicLink(folder.resolve("zero.jar"), Path.of("/dev/zero"));
        Files.createSymbolicLink(folder.resolve("gone.jar"), folder.resolve("nothing"));
        Files.createDirectory(folder.resolve("folder.jar"));
        assertTheRestWorks();
        assertThat(run("list").out().lines().map(String::strip))
                .contains("it is no file", "it is a link to nothing")
                .anyMatch(line -> line.endsWith("pipe.jar"));
    }

    @Test
    void aPlugInThatEndsTheProcessIsNamedAndItsStatusIsNotTheEnd() throws IOException, InterruptedException {
        workload("return new AccessSource", "System.exit(0); return new AccessSource");
        Process process = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), "org.memvirt.runner.Main", "run", "--workload", "bad",
                "--plugins",
                folder.toString()))
                        .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(new String(process.getErrorStream().readAllBytes(), US_ASCII))
                .contains("workload 'bad'", "bad.jar", "ended the process");
        assertThat(process.exitValue()).isEqualTo(ExitStatus.INTERNAL);
    }
}
