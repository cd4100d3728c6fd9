package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.runner.command.SmallImage.MEMORY;
import static org.memvirt.runner.command.SmallImage.assertFails;
import static org.memvirt.runner.command.SmallImage.prepend;
import static org.memvirt.runner.command.SmallImage.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.runner.image.CoreMaker;
import tools.jackson.databind.JsonNode;

/** What {@code memvirt inspect} says of damaged tables, and what it refuses. */
class InspectRefusalsTest {
    private static final long PAGE = 4096;

    @TempDir
    Path folder;

    private SmallImage small;

    @BeforeEach
    void makeImage() throws IOException {
        small = new SmallImage(folder);
    }

    // What is damaged.

    @Test
    void damagedTablesAreToldOf() throws IOException {
        long top = small.table.root() & -PAGE;
        small.memory.store(top + 8, MEMORY | 0x67);
        small.memory.store(top + 16, 0x1_0000 | 1 << 7 | 0x67);
        small.memory.store(top + 0x1ed * 8, top | 0x67);
        small.save();
        String loop = "a loop, followed as hardware does: 1 entry leads back up to a table of the same level or above;"
                + " the first, %#x, at %#x in a table of level 4, for addresses from 0xfffff68000000000"
                        .formatted(top | 0x67, top + 0x1ed * 8);
        CommandLineRun run = small.inspect();
        assertThat(run.status()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .contains(
                        loop,
                        "damage: 1 entry leads to a table that the image does not hold; the first, 0x100067, at %#x in a"
                                .formatted(top + 8)
                                + " table of level 4, for addresses from 0x8000000000",
                        "damage: 1 entry has reserved bits, or bits that may not be together; the first, 0x100e7, at %#x"
                                .formatted(top + 16)
                                + " in a table of level 4, for addresses from 0x10000000000");
        CommandLineRun json = small.inspect("--json");
        assertThat(json.err()).contains("memvirt: " + loop, "damage: ");
        assertThat(json.json().get("damage")).hasSize(3);
        assertThat(json.json().at("/damage/0/kind").asString()).isEqualTo("MISSING_TABLE");
        assertThat(json.json().at("/damage/0/entry").asString()).isEqualTo("0x100067");
        CommandLineRun address = small.inspect("--address", "0x8000001000");
        assertThat(address.out())
                .contains("fault: OUT_OF_BOUNDS in stage 1 at level 3", "does not hold the entry at 0x100000");
    }

    @Test
    void aListThatWouldNotEndIsCut() throws IOException {
        long top = small.table.root() & -PAGE;
        for (int index = 0; index < 512; index++) {
            small.memory.store(top + index * 8, top | 0x67);
        }
        small.save();
        CommandLineRun run = small.inspect("--limit", "100000");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains(
                        "0x0000000000000000-0x000000001869ffff  400000K",
                        "1 ranges, 100,000 pages",
                        "512 entries lead back up",
                        "the list ends after 100,000 of 68,719,476,736 pages; --limit sets how many");
        JsonNode json = small.inspect("--limit", "1000", "--list", "leaves", "--json").json();
        assertThat(json.get("leaves")).hasSize(1000);
        assertThat(json.at("/totals/4K").longValue()).isEqualTo(68_719_476_736L);
        assertThat(json.get("cut").toString()).isEqualTo("{\"listed\":1000,\"of\":68719476736}");
    }

    // What is wrong.

    @Test
    void badImagesAndBadRootsHaveTheirStatus() throws IOException {
        String core = folder.resolve("core").toString();
        assertFails(run(folder.resolve("none").toString(), "--root", "0x1000"), 2, "there is no such file");
        Path text = Files.writeString(folder.resolve("notes.txt"), "no image");
        assertFails(run(text.toString(), "--root", "0x1000"), 3, "notes.txt is no memory image");
        assertFails(run(small.image.toString(), "--root", "0x7ffffff000"), 3,
                "ram.img: root 0x7ffffff000 of x86-64",
                "the top table, 4096 bytes at 0x7ffffff000", "holds guest-physical 0x0-0x100000");
        new CoreMaker().machine(243).memory(0, small.memory.bytes()).write(Path.of(core));
        assertFails(run(core, "--root", small.root), 3, "RISC-V");
        new CoreMaker().machine(183).memory(0, small.memory.bytes()).write(Path.of(core));
        assertFails(run(core, "--root", small.root), 2, "aarch64-4k has 2", "option of the format");
        assertFails(run(core, "--root", small.root, "--mmu", "x86"), 3, "memory of an AArch64 machine", "--mmu x86");
        assertFails(run(core, "--root", small.root, "--format", "npt:mode=5level"), 3,
                "core is the memory of an AArch64 machine; --format npt:mode=5level is of x86-64");
        assertFails(run(core, "--stage2-root", "0", "--stage2-format", "ept"), 3, "--second-stage ept is of x86-64");
        byte[] whole = Files.readAllBytes(new CoreMaker().memory(0, small.memory.bytes()).write(Path.of(core)));
        Files.write(Path.of(core), Arrays.copyOf(whole, whole.length - 5000));
        assertFails(run(core, "--root", small.root), 3, "too short", "cut off");
    }

    @Test
    void badAddressesAndBadRegistersHaveTheirStatus() throws IOException {
        Path addresses = Files.writeString(folder.resolve("list"), "0x1000\n# fine\nhere\n");
        assertFails(small.inspect("--addresses", addresses.toString()), 3, "list: line 3: 'here' is no address");
        Files.write(addresses, new byte[] {'1', '\n', (byte) 0xff, (byte) 0xfe, '\n'});
        assertFails(small.inspect("--addresses", addresses.toString()), 3, "is no text");
        Files.writeString(addresses, "0x1000\n" + "0".repeat(1 << 17));
        assertFails(small.inspect("--addresses", addresses.toString()), 3, "list: line 2: it is longer than");
        assertFails(small.inspect("--addresses", folder.resolve("none").toString()), 2, "there is no such file");
        assertFails(small.inspect("--addresses", folder.toString()), 2, folder + " is a folder, not a file");
        assertFails(run(small.image.toString(), "--registers", folder.toString()), 2, folder + " is a folder");
        assertFails(small.inspect("--address", "here"), 2, "'here' is no address");
        Path registers = Files.writeString(folder.resolve("regs"), "PC=ffffa478cec12345\n");
        assertFails(run(small.image.toString(), "--registers", registers.toString()), 3,
                "regs holds no registers of MMU x86",
                "no 'CR0=80050033'");
        assertFails(run(small.image.toString(), "--registers", "nowhere"), 2, "no file of that name");
        assertFails(run(small.image.toString(), "--registers", "cr5=1"), 2, "no register 'cr5'");
        assertFails(run(small.image.toString(), "--registers", "cr0=1"), 2, "leave translation off");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --list trees --root 1                            | it is ranges or leaves
            --list leaves --address 1 --root 1               | lists all that is mapped
            --limit 0 --root 1                               | it is 1 or more
            --address 1                                      | where are the page tables?
            --format ept                                     | give the tables' --root, too
            --second-stage ept --root 1                      | give its --stage2-root, too
            --root 1 --registers cr0=1                       | hold the root
            --root here                                      | --root: 'here' is no address
            --root 1 --format ia33                           | there is no page-table format of MMU x86 'ia33'
            --root 1 --format x86-64:wq=on                   | wq
            --root 1 --format ept --stage2-root 1            | is a second stage, and another is given below
            --root 1 --mmu sparc                             | there is no MMU 'sparc'
            --registers cr0=0x80000001,eptp=0x1e --stage2-root 1 | hold the root of a second stage already
            --root 1 --json --csv                            | are one output
            """)
    void wrongUsageIsRefused(String options, String expected) {
        assertFails(run(prepend(options.split(" "), small.image.toString())), 2, expected);
    }
}
