package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.runner.image.CoreMaker;
import org.memvirt.runner.image.TableMaker;
import tools.jackson.databind.JsonNode;

class InspectCommandTest {
    private static final int MEMORY = 1 << 20;
    private static final long PAGE = 4096;
    private static final int READ = Rights.READ | Rights.EXECUTE;
    private static final int READ_WRITE = Rights.READ | Rights.WRITE;

    @TempDir
    Path folder;

    private final TableMaker memory = new TableMaker(MEMORY, 0x1_0000);
    private PageTable table;
    private Path image;
    private String root;
    private String[] nested = {};

    /** Four neighbours, the first two alike, and a large page. */
    @BeforeEach
    void makeTables() throws IOException {
        table = memory.table("x86-64");
        table.map(0x40_0000, 0x5000, 12, READ, PageTable.ACCESSED);
        table.map(0x40_1000, 0x9000, 12, READ, 0);
        table.map(0x40_2000, 0x6000, 12, READ_WRITE, PageTable.ACCESSED | PageTable.DIRTY);
        table.map(0x40_3000, 0x7000, 12, READ_WRITE, PageTable.GLOBAL);
        table.map(-1L << 21, 0x8000_0000L, 21, Rights.SUPERVISOR, PageTable.GLOBAL);
        image = folder.resolve("ram.img");
        root = "%#x".formatted(table.root());
        save();
    }

    private void save() throws IOException {
        memory.write(image);
    }

    private CommandLineRun inspect(String... more) {
        return run(prepend(more, image.toString(), "--root", root));
    }

    private static String[] prepend(String[] more, String... first) {
        String[] all = new String[first.length + more.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return all;
    }

    private static CommandLineRun run(String... arguments) {
        return CommandLineRun.of(prepend(arguments, "inspect"));
    }

    private static void assertFails(CommandLineRun run, int status, String... parts) {
        assertThat(run.err()).contains(parts).doesNotContain("at org.memvirt");
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).isEqualTo(status);
    }

    @Test
    void neighboursOfOneKindAreOneRange() {
        CommandLineRun run = inspect();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo("""
                addresses                                   bytes  pages rights  flags
                0x0000000000400000-0x0000000000401fff       8K  4K    r-xu    -
                0x0000000000402000-0x0000000000402fff       4K  4K    rwxu    -
                0x0000000000403000-0x0000000000403fff       4K  4K    rwxu    g
                0xffffffffffe00000-0xffffffffffffffff       2M  2M    rwx-    g

                4 ranges, 5 pages: 4 of 4K, 1 of 2M, 0 of 1G; 2.0 MiB in all
                tables: x86-64, root %s: 6 of them, 24 KiB
                one of the pages lies where the image has no memory, the first for 0xffffffffffe00000: devices, or \
                memory that was left out
                """.replace("rwxu", "rw-u").formatted(root));
    }

    @Test
    void leavesAreListedEachWithItsBits() {
        CommandLineRun run = inspect("--list", "leaves");
        assertThat(run.out()).startsWith("""
                address             output              size  rights  flags
                0x0000000000400000  0x0000000000005000  4K    r-xu    -a-
                0x0000000000401000  0x0000000000009000  4K    r-xu    ---
                0x0000000000402000  0x0000000000006000  4K    rw-u    -ad
                0x0000000000403000  0x0000000000007000  4K    rw-u    g--
                0xffffffffffe00000  0x0000000080000000  2M    rwx-    g--

                5 pages: 4 of 4K, 1 of 2M, 0 of 1G; 2.0 MiB in all
                """);
    }

    @Test
    void csvAndJsonTellTheSame() throws IOException {
        assertThat(inspect("--csv").out()).isEqualTo("""
                address,size,pageSize,rights,global
                0x400000,8192,4K,r-xu,false
                0x402000,4096,4K,rw-u,false
                0x403000,4096,4K,rw-u,true
                0xffffffffffe00000,2097152,2M,rwx-,true
                """);
        assertThat(inspect("--list", "leaves", "--csv").out()).startsWith("""
                address,output,pageSize,rights,global,accessed,dirty
                0x400000,0x5000,4K,r-xu,false,true,false
                """);
        JsonNode ranges = inspect("--json").json();
        assertThat(ranges.get("ranges").get(0).toString())
                .isEqualTo("{\"address\":\"0x400000\",\"size\":8192,\"pageSize\":\"4K\",\"rights\":\"r-xu\","
                        + "\"global\":false}");
        assertThat(ranges.get("totals").toString()).isEqualTo("{\"4K\":4,\"2M\":1,\"1G\":0}");
        assertThat(ranges.get("tables").toString()).isEqualTo("{\"pages\":6,\"bytes\":24576}");
        assertThat(ranges.propertyNames()).containsExactly("schema", "ranges", "totals", "tables");
        JsonNode leaves = inspect("--list", "leaves", "--json").json();
        assertThat(leaves.get("leaves").get(2).toString())
                .isEqualTo("{\"address\":\"0x402000\",\"output\":\"0x6000\",\"pageSize\":\"4K\",\"rights\":\"rw-u\","
                        + "\"global\":false,\"accessed\":true,\"dirty\":true}");
        Path csv = folder.resolve("out.csv");
        Path json = folder.resolve("out.json");
        CommandLineRun both = inspect("--csv", csv.toString(), "--json", json.toString(), "--quiet");
        assertThat(both.out()).isEmpty();
        assertThat(csv).content().isEqualTo(inspect("--csv").out());
        assertThat(json).content().isEqualTo(inspect("--json").out());
        assertThat(run("--csv", image.toString(), "--root", root).out())
                .as("the image after the option")
                .isEqualTo(inspect("--csv").out());
    }

    @Test
    void anAddressIsTranslatedStepByStep() {
        CommandLineRun run = inspect("--address", "0x402_123", "--address", "5");
        assertThat(run.status()).isZero();
        assertThat(run.out().lines())
                .contains(
                        "translation of gVA 0x000000402123",
                        "  hPA 0x000000006123, 4K page, allows rw-rw-",
                        "  4 references",
                        "  fault: NOT_PRESENT in stage 1 at level 2, for address 0x000000000005",
                        "  hardware reports #PF  vector 0xe  error 0x0  cr2 0x5")
                .anyMatch(line -> line.matches(" +1 +L4 +0x\\w+ +0x\\w+ +table at 0x11000, allows rwxrwx"))
                .anyMatch(line -> line.matches(" +4 +L1 +0x\\w+ +0x\\w+ +4K page at 0x6000, allows rw-rw-"));
    }

    /** The page at 0x403000 is writable and clean: a walk that reads does not give the right to write. */
    @Test
    void aTranslationsRightsDoNotDependOnTheDirtyBit() {
        CommandLineRun run = inspect("--address", "0x403008", "--address", "0x401000", "--csv");
        assertThat(run.out()).isEqualTo("""
                address,output,pageSize,rights,fault
                0x403008,0x7008,4K,rw-u,
                0x401000,0x9000,4K,r-xu,
                """);
    }

    @Test
    void translationsAsJson() throws IOException {
        Path file = Files.writeString(folder.resolve("list"), "# of a page\n\n0x402123 # this one\n0x40_0000\n");
        JsonNode told = inspect("--address", "0x800000000000", "--addresses", file.toString(), "--json").json();
        assertThat(told.propertyNames()).containsExactly("schema", "translations", "totals", "tables");
        JsonNode refused = told.get("translations").get(0);
        assertThat(refused.propertyNames()).containsExactly("address", "output", "pageSize", "fault");
        assertThat(refused.get("output").isNull()).isTrue();
        assertThat(refused.at("/fault/kind").asString()).isEqualTo("ADDRESS_SIZE");
        assertThat(refused.at("/fault/name").asString()).isEqualTo("#GP");
        assertThat(told.get("translations").get(1).toString())
                .isEqualTo("{\"address\":\"0x402123\",\"output\":\"0x6123\",\"pageSize\":\"4K\",\"fault\":null}");
        assertThat(told.get("translations").get(2).get("output").asString()).isEqualTo("0x5000");
        assertThat(told.get("totals").toString()).isEqualTo("{\"4K\":4,\"2M\":1,\"1G\":0}");
    }

    @Test
    void registersChooseTheFormatAndHoldTheRoot() throws IOException {
        String values = "cr0=0x80010001,cr3=%s,cr4=0x20,efer=0xd00".formatted(root);
        CommandLineRun run = run(image.toString(), "--registers", values, "--csv");
        assertThat(run.out()).as("CR4.PGE is off").isEqualTo("""
                address,size,pageSize,rights,global
                0x400000,8192,4K,r-xu,false
                0x402000,8192,4K,rw-u,false
                0xffffffffffe00000,2097152,2M,rwx-,false
                """);
        Path file = Files.writeString(
                folder.resolve("registers.txt"),
                "CPU#0\nRFL=00000002\nCR0=80010001 CR2=0 CR3=%016x CR4=000000a0\nEFER=0000000000000d00\n"
                        .formatted(table.root()));
        assertThat(run(image.toString(), "--registers", file.toString(), "--csv").out())
                .isEqualTo(inspect("--csv").out());
        assertThat(run(image.toString(), "--registers", file + ",cr4=0x20", "--csv").out()).isEqualTo(run.out());
    }

    /** Four directory pointers, which the processor loads with CR3. */
    @Test
    void paeTablesAreReadWithTheirPointers() throws IOException {
        PageTable pae = memory.table("pae");
        pae.map(0xc040_1000L, 0x5000, 12, Rights.ALL, 0);
        save();
        String registers = "cr0=0x80010001,cr3=%#x,cr4=0x20".formatted(pae.root());
        CommandLineRun run = run(image.toString(), "--registers", registers, "--address", "0xc0401234", "--csv");
        assertThat(run.out()).endsWith("0xc0401234,0x5234,4K,rwxu,\n");
        JsonNode all = run(image.toString(), "--registers", registers, "--json").json();
        assertThat(all.get("ranges")).hasSize(1);
        assertThat(all.get("totals").toString()).isEqualTo("{\"4K\":1,\"2M\":0}");
        assertThat(all.get("tables").toString()).isEqualTo("{\"pages\":3,\"bytes\":8224}");
    }

    @Test
    void anElfCoreIsAnImageToo() throws IOException {
        Path core = new CoreMaker().memory(0, memory.bytes()).write(folder.resolve("core"));
        assertThat(run(core.toString(), "--root", root).out()).isEqualTo(inspect().out());
    }

    // Two stages: host memory from 0, the guest's from 0x80000 on, page by page in reverse order.

    private static long place(long gpa) {
        return 0xf_0000 - (gpa & -PAGE) + (gpa & PAGE - 1);
    }

    private String[] nested() throws IOException {
        if (nested.length > 0) {
            return nested;
        }
        PageTable second = memory.table("ept");
        for (long gpa = 0; gpa < 0x5_0000; gpa += PAGE) {
            if (gpa != 0x6000) {
                second.map(gpa, place(gpa), 12, gpa == 0x7000 ? READ : Rights.ALL, 0);
            }
        }
        second.map(0x20_0000, 0x4000_0000, 21, Rights.ALL, 0);
        TableMaker guest = memory.guest(0x1_0000, InspectCommandTest::place);
        PageTable first = guest.table("x86-64");
        for (long page = 0x5000; page < 0x9000; page += PAGE) {
            first.map(0x10_0000 + page, page, 12, Rights.ALL, 0);
        }
        first.map(0x40_0000, 0, 21, Rights.ALL, 0);
        first.map(0x8000_0000L, 0x20_3000, 12, Rights.ALL, 0);
        save();
        nested = new String[] {
            image.toString(), "--root", "%#x".formatted(first.root()), "--stage2-format", "ept", "--stage2-root",
            "%#x".formatted(second.root())
        };
        return nested;
    }

    @Test
    void twoStagesAreWalkedInTwoDimensions() throws IOException {
        CommandLineRun run = run(
                prepend(new String[] {"--address", "0x105123", "--address", "0x106000"}, nested()));
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .contains(
                        "  stage 2  ept, 4 levels",
                        "  final gPA             21      22      23      24",
                        "  hPA %#014x, 4K page (4K in stage 1, 4K in stage 2), allows rwxrwx".formatted(place(0x5123)),
                        "  24 references",
                        "  fault: NOT_PRESENT in stage 2 at level 1, for address 0x000000006000");
        JsonNode told = run(prepend(
                new String[] {"--address", "0x107000", "--address", "0x80000010", "--address", "0x400fff", "--json"},
                nested())).json();
        assertThat(told.get("translations").get(0).get("output").asString()).isEqualTo("%#x".formatted(place(0x7000)));
        assertThat(told.get("translations").get(1).get("output").asString()).isEqualTo("0x40003010");
        assertThat(told.get("translations").get(2).get("pageSize").asString()).isEqualTo("4K");
    }

    @Test
    void pagesOfTwoStagesArePiecesOfTheSmallerSize() throws IOException {
        CommandLineRun run = run(prepend(new String[] {"--list", "leaves", "--csv"}, nested()));
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .contains(
                        "0x105000,%#x,4K,rwxu,false,false,false".formatted(place(0x5000)),
                        "0x107000,%#x,4K,r-xu,false,false,false".formatted(place(0x7000)),
                        "0x41e000,%#x,4K,rwxu,false,false,false".formatted(place(0x1_e000)),
                        "0x80000000,0x40003000,4K,rwxu,false,false,false")
                .noneMatch(line -> line.startsWith("0x106000") || line.startsWith("0x450000"))
                // Names; three of the four small pages; 79 of the large one's 512; the last.
                .hasSize(1 + 3 + 79 + 1);
        JsonNode totals = run(prepend(new String[] {"--json"}, nested())).json();
        assertThat(totals.at("/totals/4K").longValue()).isEqualTo(83);
        assertThat(run(prepend(new String[] {}, nested())).out())
                .contains("tables of stage 2: ept", "tables of stage 1: x86-64");
    }

    @Test
    void aSecondStageStandsAlone() throws IOException {
        String[] both = nested();
        String second = both[both.length - 1];
        CommandLineRun run = run(image.toString(), "--stage2-root", second, "--address", "0x5123");
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("hPA %#014x, 4K page".formatted(place(0x5123)), "4 references");
        assertThat(run(image.toString(), "--format", "ept", "--root", second, "--csv").out())
                .startsWith("address,size,pageSize,rights,global\n0x0,24576,4K,rwxu,false\n0x7000,4096,4K,r-xu,false\n")
                .endsWith("0x200000,2097152,2M,rwxu,false\n")
                .isEqualTo(run(image.toString(), "--stage2-root", second, "--csv").out());
        String missing = run(image.toString(), "--stage2-root", second, "--address", "0x6000").out();
        assertThat(missing).contains("in stage 2 at level 1", "hardware reports EPT violation");
    }

    // What is damaged.

    @Test
    void damagedTablesAreToldOf() throws IOException {
        long top = table.root() & -PAGE;
        memory.store(top + 8, MEMORY | 0x67);
        memory.store(top + 16, 0x1_0000 | 1 << 7 | 0x67);
        memory.store(top + 0x1ed * 8, top | 0x67);
        save();
        String loop = "a loop, followed as hardware does: 1 entry leads back up to a table of the same level or above;"
                + " the first, %#x, at %#x in a table of level 4, for addresses from 0xfffff68000000000"
                        .formatted(top | 0x67, top + 0x1ed * 8);
        CommandLineRun run = inspect();
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
        CommandLineRun json = inspect("--json");
        assertThat(json.err()).contains("memvirt: " + loop, "damage: ");
        assertThat(json.json().get("damage")).hasSize(3);
        assertThat(json.json().at("/damage/0/kind").asString()).isEqualTo("MISSING_TABLE");
        assertThat(json.json().at("/damage/0/entry").asString()).isEqualTo("0x100067");
        CommandLineRun address = inspect("--address", "0x8000001000");
        assertThat(address.out())
                .contains("fault: OUT_OF_BOUNDS in stage 1 at level 3", "does not hold the entry at 0x100000");
    }

    @Test
    void aListThatWouldNotEndIsCut() throws IOException {
        long top = table.root() & -PAGE;
        for (int index = 0; index < 512; index++) {
            memory.store(top + index * 8, top | 0x67);
        }
        save();
        CommandLineRun run = inspect("--limit", "100000");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains(
                        "0x0000000000000000-0x000000001869ffff  400000K",
                        "1 ranges, 100,000 pages",
                        "512 entries lead back up",
                        "the list ends after 100,000 of 68,719,476,736 pages; --limit sets how many");
        JsonNode json = inspect("--limit", "1000", "--list", "leaves", "--json").json();
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
        assertFails(run(image.toString(), "--root", "0x7ffffff000"), 3, "ram.img: root 0x7ffffff000 of x86-64",
                "the top table, 4096 bytes at 0x7ffffff000", "holds guest-physical 0x0-0x100000");
        new CoreMaker().machine(243).memory(0, memory.bytes()).write(Path.of(core));
        assertFails(run(core, "--root", root), 3, "RISC-V");
        new CoreMaker().machine(183).memory(0, memory.bytes()).write(Path.of(core));
        assertFails(run(core, "--root", root), 2, "aarch64-4k has 2", "option of the format");
        assertFails(run(core, "--root", root, "--mmu", "x86"), 3, "memory of an AArch64 machine", "--mmu x86");
        byte[] whole = Files.readAllBytes(new CoreMaker().memory(0, memory.bytes()).write(Path.of(core)));
        Files.write(Path.of(core), java.util.Arrays.copyOf(whole, whole.length - 5000));
        assertFails(run(core, "--root", root), 3, "too short", "cut off");
    }

    @Test
    void badAddressesAndBadRegistersHaveTheirStatus() throws IOException {
        Path addresses = Files.writeString(folder.resolve("list"), "0x1000\n# fine\nhere\n");
        assertFails(inspect("--addresses", addresses.toString()), 3, "list: line 3: 'here' is no address");
        Files.write(addresses, new byte[] {'1', '\n', (byte) 0xff, (byte) 0xfe, '\n'});
        assertFails(inspect("--addresses", addresses.toString()), 3, "is no text");
        assertFails(inspect("--addresses", folder.resolve("none").toString()), 2, "there is no such file");
        assertFails(inspect("--address", "here"), 2, "'here' is no address");
        Path registers = Files.writeString(folder.resolve("regs"), "PC=ffffa478cec12345\n");
        assertFails(run(image.toString(), "--registers", registers.toString()), 3, "regs holds no registers of MMU x86",
                "no 'CR0=80050033'");
        assertFails(run(image.toString(), "--registers", "nowhere"), 2, "no file of that name");
        assertFails(run(image.toString(), "--registers", "cr5=1"), 2, "no register 'cr5'");
        assertFails(run(image.toString(), "--registers", "cr0=1"), 2, "leave translation off");
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
            --root 1 --json --csv                            | go to the same place
            """)
    void wrongUsageIsRefused(String options, String expected) {
        assertFails(run(prepend(options.split(" "), image.toString())), 2, expected);
    }
}
