package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class WalkCommandTest {
    private static final String ADDRESS = "0x7f0012345678";

    @ParameterizedTest
    @CsvSource({
        "nested, 4K, 4K, 24", "nested, 2M, 2M, 15", "nested, 2M, 4K, 19", "nested, 4K, 2M, 19", "nested, 1G, 1G, 8",
        "nested, 4K, 1G, 14", "native, 4K, 4K, 4", "native, 1G, 4K, 2", "static, 2M, 4K, 3",
    })
    void drawsAsManyReferencesAsTheTextbookSays(String vmm, String guest, String host, int references) {
        CommandLineRun run = CommandLineRun.of(
                "walk", ADDRESS, "--vmm", vmm, "--guest-pages", guest, "--host-pages", host, "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.json().get("references").intValue()).isEqualTo(references);
        assertThat(run.json().get("steps")).hasSize(references);
        assertThat(run.json().get("stage1PageSize").asString()).isEqualTo(guest);
    }

    @Test
    void theStepsGoThroughTheHostsLevelsBeforeEachOfTheGuests() {
        List<String> steps = new ArrayList<>();
        for (JsonNode step : CommandLineRun.of("walk", ADDRESS, "--json").json().get("steps")) {
            steps.add(step.get("guestLevel").intValue() + "." + step.get("hostLevel").intValue());
        }
        List<String> expected = new ArrayList<>();
        for (int guest = 4; guest >= 0; guest--) {
            for (int host = 4; host >= (guest == 0 ? 1 : 0); host--) {
                expected.add(guest + "." + host);
            }
        }
        assertThat(steps).isEqualTo(expected);
    }

    @Test
    void theDrawingNumbersTheReferences() {
        CommandLineRun run = CommandLineRun.of("walk", ADDRESS);
        assertThat(run.status()).isZero();
        assertThat(run.out().lines())
                .contains(
                        "  gPA of guest L4        1       2       3       4     5 guest L4",
                        "  final gPA             21      22      23      24",
                        "  24 references")
                .anyMatch(line -> line.matches(" *24 +host L1 +0x\\w+ +0x\\w+ +4K page at 0x\\w+, allows rwx.*"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --vmm=nested | --access=read
            --vmm=nested | --access=write
            --vmm=native | --access=execute
            --format=x86-64-la57 | --second-stage=ept5:ad=on
            --format=x86-64:pke=on,pkru=0x55555554 | --access=read
            --second-stage=npt:mode=5level | --guest-pages=2M
            --guest-memory=64T | --host-memory=128T
            --vmm=shadow | --access=read
            --vmm=shadow:prefetch=8 | --access=write
            --mmu=arm    | --access=read
            --mmu=mips-tlb | --vmm=native
            --mmu=mips-tlb | --vmm=nested
            """)
    void theDrawingFitsATerminalOf80Columns(String option, String other) {
        for (String address : List.of(ADDRESS, "0xffff800000000000", "0x7fffffffffff", "0x123456")) {
            assertThat(CommandLineRun.of("walk", address, option, other).out().lines())
                    .hasSizeGreaterThan(3)
                    .allMatch(line -> line.length() <= 80);
        }
    }

    @Test
    void aFaultIsShownAsHardwareTellsIt() {
        JsonNode wide = CommandLineRun.of("walk", "0x800000000000", "--json").json();
        assertThat(wide.at("/fault/kind").asString()).isEqualTo("ADDRESS_SIZE");
        assertThat(wide.at("/fault/name").asString()).isEqualTo("#GP");
        assertThat(CommandLineRun.of("walk", "0xffff800000000000").out()).contains("hardware reports #PF", "cr2");
    }

    @Test
    void jsonStandsAloneBeforeTheAddress() {
        assertThat(CommandLineRun.of("walk", "--json", ADDRESS).json().get("references").intValue()).isEqualTo(24);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cr0=0x80010001,cr4=0x20,efer=0xd00             | nested | 24
            CR0=0x80010001,CR4=0x1020,EFER=0xd00,eptp=0x26 | nested | 35
            cr0=0x80010001,cr4=0x1020,efer=0xd00,ncr3=0x0,hostCr4=0x20,hostEfer=0xd00 | nested | 29
            cr0=0x80010001,cr4=0x10                        | native | 2
            """)
    void registersChooseTheFormats(String registers, String vmm, int references) {
        JsonNode walk = CommandLineRun.of("walk", "0x12345678", "--registers", registers, "--vmm", vmm, "--json")
                .json();
        assertThat(walk.get("references").intValue()).isEqualTo(references);
        assertThat(walk.at("/config/registers").asString()).isEqualTo(registers);
        assertThat(walk.at("/config").has("format")).isFalse();
    }

    @Test
    void registersSetTheControlBitsOfTheirFormat() {
        String[] walk = {"walk", "0x12345678", "--vmm", "native", "--registers", "cr0=0x80010001,cr4=0x30"};
        assertThat(CommandLineRun.of(walk).out()).contains("pae, 3 levels");
        walk[5] = "cr0=0x80010001,cr4=0x10";
        assertThat(CommandLineRun.of(walk).out()).contains("ia32, 2 levels");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --registers cr0=1                                  | they leave translation off
            --registers cr0                                    | 'cr0' is not NAME=VALUE
            --registers cr0=1,cr0=1                            | cr0 is given twice
            --registers cr0=x                                  | cr0=x is no number
            --registers cr0=1,crr4=0                           | no register 'crr4'; the nearest is cr4 of
            --registers cr0=0x80000001 --format ia32           | exclude each other
            --registers cr0=0x80000001,eptp=0x1e --vmm native  | set up a second stage, ept, and --vmm native has none
            --registers cr0=0x80000001,eptp=0x1e --second-stage npt | choose the second stage; give one
            --registers cr0=0x80000001,eptp=0x16               | walk of 3 levels
            """)
    void registersThatMakeNoSenseAreRefused(String options, String message) {
        List<String> arguments = new ArrayList<>(List.of("walk", "0x1000"));
        arguments.addAll(List.of(options.split(" ")));
        CommandLineRun run = CommandLineRun.of(arguments.toArray(String[]::new));
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains(message);
    }

    @Test
    void whatIsNoAddressIsRefused() {
        assertThat(CommandLineRun.of("walk", "here").status()).isEqualTo(2);
        assertThat(CommandLineRun.of("walk", "here").err()).contains("'here' is no address");
        assertThat(CommandLineRun.of("walk", ADDRESS, "--access", "jump").err()).contains("read, write or execute");
        assertThat(CommandLineRun.of("walk").status()).isEqualTo(2);
    }
}
