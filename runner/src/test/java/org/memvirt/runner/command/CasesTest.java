package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What people brought to tools of this kind; the folder's README says where each kind is known from. */
class CasesTest {
    private static final Path CASES = Path.of("src", "test", "resources", "cases");
    private static final long K = 1L << 12;
    private static final long M = 1L << 21;
    private static final long G = 1L << 30;
    private static final long T = 1L << 39;

    @TempDir
    Path folder;

    private static String file(String name) {
        return CASES.resolve(name).toString();
    }

    private static JsonNode translation(String image, String options, String address) {
        List<String> arguments = new ArrayList<>(List.of("inspect", file(image)));
        arguments.addAll(List.of(options.split(" ")));
        arguments.addAll(List.of("--address", address, "--json"));
        CommandLineRun run = CommandLineRun.of(arguments.toArray(String[]::new));
        assertThat(run.status()).as(run.err()).isZero();
        return run.json().at("/translations/0");
    }

    @ParameterizedTest
    @CsvSource({
        "access-bits.jsonl.xz, 8118", "random-4-byte-entries.jsonl.xz, 2784", "random-8-byte-entries.jsonl.xz, 9216",
        "ept-access.jsonl.xz, 15056", "npt-access.jsonl.xz, 120", "amd-top-entry-bit-8.jsonl, 5",
        "ept-without-2m-pages.jsonl, 2", "absent-below-a-denial.jsonl, 6", "narrowed-physical-addresses.jsonl, 2"
    })
    void walksEndAsTheManualsSay(String vectors, long accesses) {
        CommandLineRun run = CommandLineRun.of("conform", file(vectors), "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.json().at("/files/0/accesses").longValue()).isEqualTo(accesses);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            segments-around-the-hole.core.xz | cr0=0x80050033,cr3=0x100001000,cr4=0xa0,efer=0xd01 | 0xffffffff81000000 | 0x5000
            segments-around-the-hole.core.xz | cr0=0x80050033,cr3=0x100001000,cr4=0xa0,efer=0xd01 | 0xffffffff81001010 | 0x100005010
            segments-around-the-hole.core.xz | cr0=0x80050033,cr3=0x100001000,cr4=0xa0,efer=0xd01 | 0xffffffffc0001234 | 0x140001234
            segments-around-the-hole.core.xz | cr0=0x80050033,cr3=0x100001000,cr4=0xa0,efer=0xd01 | 0xffffffff81234567 | 0x100234567
            pae-pointers-anywhere.img.xz     | cr0=0x80050033,cr3=0x1060,cr4=0x6f8,efer=0x800     | 0x400010           | 0x7010
            pae-pointers-anywhere.img.xz     | cr0=0x80050033,cr3=0x1078,cr4=0x6f8,efer=0x800     | 0x400010           | 0x7010
            pae-pointers-anywhere.img.xz     | cr0=0x80050033,cr3=0x1078,cr4=0x6f8,efer=0x800     | 0xffe12345         | 0x612345
            recursive-ia32.img.xz            | cr0=0x80010011,cr3=0x1000,cr4=0x90,efer=0x0        | 0xfffff000         | 0x1000
            recursive-ia32.img.xz            | cr0=0x80010011,cr3=0x1000,cr4=0x90,efer=0x0        | 0xffc00004         | 0x2004
            recursive-ia32.img.xz            | cr0=0x80010011,cr3=0x1000,cr4=0x90,efer=0x0        | 0xfff00000         | 0x0
            recursive-4-levels.img.xz        | cr0=0x80010011,cr3=0x1000,cr4=0x20,efer=0xd00      | 0xffffff7fbfdfe000 | 0x1000
            recursive-4-levels.img.xz        | cr0=0x80010011,cr3=0x1000,cr4=0x20,efer=0xd00      | 0xffffff7f80000010 | 0x3010
            recursive-4-levels.img.xz        | cr0=0x80010011,cr3=0x1000,cr4=0x20,efer=0xd00      | 0xffffff0000003000 | 0x200000
            five-levels.img.xz               | cr0=0x80050033,cr3=0x1000,cr4=0x1020,efer=0xd01    | 0xff00ffff81000010 | 0x6010
            five-levels.img.xz               | cr0=0x80050033,cr3=0x1000,cr4=0x1020,efer=0xd01    | 0xffffffff81000010 | 0x6010
            encryption-bit.img.xz            | cr0=0x80050033,cr3=0x1000,cr4=0x20,efer=0xd01,cbit=47 | 0x400000        | 0x7000
            npt.img.xz                       | cr0=0x80010033,cr3=0x11000,cr4=0x20,efer=0xd01,ncr3=0x1000,hostCr4=0x20,hostEfer=0xd00 | 0x5123 | 0x15123
            pae-guest-on-32-bit-npt.img.xz   | cr0=0x80010011,cr3=0x8060,cr4=0x20,ncr3=0x1000,hostCr4=0x10,hostEfer=0x0 | 0x400123 | 0x812123
            """)
    void addressesTranslate(String image, String registers, String address, String output) {
        assertThat(translation(image, "--registers " + registers, address).get("output").asString())
                .isEqualTo(output);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            five-levels.img.xz       | --registers cr0=0x80050033,cr3=0x1000,cr4=0x1020,efer=0xd01 | 0xfe00007f81000010 | "name":"#GP"
            ept-misconfigured.img.xz | --root 0x1000 --format ept                     | 0x268fe10  | "reason":"0x31","gpa":"0x268fe10"
            page-of-1g.img.xz        | --root 0x1000 --format x86-64:gbpages=off      | 0x40001234 | "error":"0x9"
            """)
    void addressesFault(String image, String tables, String address, String part) {
        assertThat(translation(image, tables, address).get("fault").toString()).contains(part);
    }

    @Test
    void aPageOf1GibibyteIsReadWhereThereAreSome() {
        assertThat(translation("page-of-1g.img.xz", "--root 0x1000 --format x86-64", "0x40001234").get("output")
                .asString())
                        .isEqualTo("0x40001234");
    }

    @Test
    void nestedTablesAreNotGuessed() {
        CommandLineRun run = CommandLineRun.of(("inspect " + file("npt.img.xz")
                + " --registers cr0=0x80010033,cr3=0x11000,cr4=0x20,efer=0xd01,ncr3=0x1000"
                + " --address 0x5123").split(" "));
        assertThat(run.err()).contains("hostCr4");
        assertThat(run.status()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "--root 0000000000004000", "--registers cr0=80050033,cr3=0000000000004000,cr4=00000020,efer=0000000000000500"
    })
    void digitsWithoutThePrefixAreNotDecimal(String tables) {
        CommandLineRun run = CommandLineRun.of(
                ("inspect " + file("digits.img.xz") + " " + tables + " --address 0x400000").split(" "));
        assertThat(run.err()).contains("0x");
        assertThat(run.status()).isEqualTo(2);
    }

    // Recordings.

    @ParameterizedTest
    @CsvSource({"time-stamps.lackey, 4", "superblocks.lackey, 3", "cache-lab.trace, 7", "crlf.lackey, 2"})
    void linesThatValgrindAndItsFriendsWriteAreTaken(String trace, long accesses) {
        CommandLineRun run = CommandLineRun.of("trace", "info", file(trace), "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.json().get("accesses").longValue()).isEqualTo(accesses);
    }

    @Test
    void aLineWithOneBlankIsNamed() {
        CommandLineRun run = CommandLineRun.of("trace", "info", file("one-blank.trace"));
        assertThat(run.err()).contains("one-blank.trace, line 1: ");
        assertThat(run.status()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"champ.trace.xz", "drview.txt", "pinatrace.out", "din.din", "ramulator.trace", "ewha.txt"})
    void tracesOfOtherToolsAreRefusedByName(String trace) {
        CommandLineRun run = CommandLineRun.of("trace", "info", file("other-" + trace));
        assertThat(run.err()).contains("other-" + trace, "none of the trace formats");
        assertThat(run.status()).isEqualTo(3);
    }

    // ChampSim's page-structure caches, of 4, 8 and 32 entries for tables that lead on to 512G, 1G and 2M.

    private void assertReferences(int accesses, LongUnaryOperator address, long references) throws IOException {
        StringBuilder trace = new StringBuilder();
        for (int i = 0; i < accesses; i++) {
            trace.append(" L %x,8\n".formatted(0x1000_0000_0000L + address.applyAsLong(i)));
        }
        Path file = Files.writeString(folder.resolve("t.lackey"), trace);
        JsonNode told = CommandLineRun.of(
                "run", "--trace", file.toString(), "--vmm", "native", "--prefault", "--walk-cache", "champsim",
                "--json",
                "--quiet").json();
        assertThat(told.at("/walkReferences/total").longValue()).isEqualTo(references);
    }

    @Test
    void walksBeginAtTheLowestTableThatChampsimsCachesKnow() throws IOException {
        assertReferences(40, i -> i * M, 82);
        assertReferences(40, i -> i * G, 121);
        assertReferences(99, i -> i % 33 * M + i / 33 * K, 200);
        assertReferences(96, i -> i % 32 * M + i / 32 * K, 130);
        assertReferences(27, i -> i % 9 * G + i / 9 * M, 82);
        assertReferences(24, i -> i % 8 * G + i / 8 * M, 57);
        assertReferences(15, i -> i % 5 * T + i / 5 * G, 60);
        assertReferences(12, i -> i % 4 * T + i / 4 * G, 40);
    }
}
