package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands where hardware knows the TLB alone. */
class RefillCommandsTest {
    @TempDir
    private Path folder;

    /** A page and its neighbour: the entry of the table above, and both of theirs. */
    @ParameterizedTest
    @CsvSource({"native, 0", "static, 0", "shadow, 7", "nested, 3"})
    void walkDrawsTheHandlersLoadsAndTheVmmsPart(String vmm, int exits) {
        CommandLineRun run = CommandLineRun.of("walk", "0x123456", "--mmu", "mips-tlb", "--vmm", vmm, "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.json().get("loads")).hasSize(3);
        assertThat(run.json().get("exits").valueStream().mapToInt(count -> count.intValue()).sum()).isEqualTo(exits);
        assertThat(run.json().has("inOrder")).isEqualTo(exits > 0);
    }

    @Test
    void underTrapAndEmulateWalkTellsWhatTrapsAndWhatTheVmmWrites() {
        CommandLineRun run = CommandLineRun.of("walk", "0x123456", "--mmu", "mips-tlb", "--vmm", "shadow");
        assertThat(run.out())
                .containsSubsequence(
                        "exit: page-fault",
                        "exit: hidden-refill",
                        "the VMM maps the kernel's segment",
                        "the handler's load 1",
                        "exit: tlb-instruction",
                        "the VMM writes it into hardware's TLB: 4K of 0x123000",
                        "exit: mode-switch");
    }

    /** The other handler's two loads, and the first one's two, which had to begin again. */
    @ParameterizedTest
    @CsvSource({"native, 0", "static, 0", "shadow, 10", "nested, 3"})
    void walkDrawsTheNestedMissOfALinearTable(String vmm, int exits) {
        CommandLineRun run =
                CommandLineRun.of("walk", "0x123456", "--mmu", "mips-tlb:table=linear", "--vmm", vmm, "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.json().get("config").get("mmu").asString()).isEqualTo("mips-tlb:table=linear");
        assertThat(run.json().get("loads").valueStream().map(load -> load.get("level").intValue()))
                .containsExactly(2, 2, 1, 1);
        assertThat(run.json().get("instructions").intValue()).isEqualTo(3 + 20 + 11);
        assertThat(run.json().get("exits").valueStream().mapToInt(count -> count.intValue()).sum()).isEqualTo(exits);
        assertThat(run.json().get("inOrder").valueStream().map(line -> line.asString()))
                .containsSubsequence(
                        "the load misses, too: an exception within the handler, and another handler",
                        "the handler's load 1",
                        "the handler's load 2",
                        "it returns to the program, whose access misses again",
                        "the handler's load 3",
                        "the handler's load 4");
    }

    @Test
    void handlersOfOneMmuAreComparedByTheirOptions() {
        CommandLineRun run = CommandLineRun.of(
                "compare", "--mmu", "mips-tlb,mips-tlb:table=linear,nested=100", "--vmm", "native", "--tlb", "34kf",
                "--workload", "uniform:footprint=64M,base=1M", "--accesses", "10000");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).contains("mips-tlb native",
                "mips-tlb:table=linear,nested=100");
        CommandLineRun wrong = CommandLineRun.of("walk", "0x1000", "--mmu", "mips-tlb:table=hashed");
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err()).contains("--mmu mips-tlb:table=hashed: MMU mips-tlb: table=hashed; it is");
    }

    @Test
    void aProcessorWithoutRoomForADeprivilegedKernelIsRefused() {
        CommandLineRun run =
                CommandLineRun.of("walk", "0x123456", "--mmu", "mips-tlb", "--vmm", "shadow", "--tlb", "4kc");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("strategy 'shadow' runs the guest's kernel deprivileged, and '4kc'");
    }

    @Test
    void aLargerTlbTakesAPowerOfTwo() {
        CommandLineRun run =
                CommandLineRun.of("walk", "0x123456", "--mmu", "mips-tlb", "--vmm", "shadow:larger-tlb=100");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("larger-tlb=100 is not 0 or a power of two from 4 to 65536");
    }

    /** With the default, too: whoever gives it expects something of it. */
    @ParameterizedTest
    @ValueSource(strings = {"sync=unsync", "sync=write-protect", "prefetch=8", "sharing=on", "tags=4"})
    void optionsOfShadowTablesAreRefusedWhereThereAreNone(String option) {
        CommandLineRun run = CommandLineRun.of("walk", "0x123456", "--mmu", "mips-tlb", "--vmm", "shadow:" + option);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err())
                .contains("strategy shadow: " + option + " means nothing here", "what can be given is larger-tlb");
    }

    @Test
    void aLargerTlbIsRefusedWhereHardwareWalksPageTables() {
        CommandLineRun run = CommandLineRun.of("walk", "0x123456", "--mmu", "x86", "--vmm", "shadow:larger-tlb=1024");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("larger-tlb=1024 means nothing here", "what can be given is sync, ");
    }

    @Test
    void foldedAddressesHaveAColumn() throws IOException {
        Path trace = Files.writeString(folder.resolve("trace.lackey"), " L 7f0000001000,8\n S 7f0000002000,8\n");
        Path csv = folder.resolve("results.csv");
        CommandLineRun run = CommandLineRun.of(
                "compare", "--mmu", "mips-tlb", "--vmm", "native,shadow", "--trace", trace.toString(),
                "--fold-addresses", "--csv", csv.toString());
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(Files.readAllLines(csv)).hasSize(3).first().asString().contains("config.fold-addresses");
    }
}
