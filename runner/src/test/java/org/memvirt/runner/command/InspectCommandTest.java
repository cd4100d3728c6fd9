package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.runner.command.SmallImage.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.runner.image.CoreMaker;
import tools.jackson.databind.JsonNode;

class InspectCommandTest {
    @TempDir
    Path folder;

    private SmallImage small;

    @BeforeEach
    void makeImage() throws IOException {
        small = new SmallImage(folder);
    }

    @Test
    void neighboursOfOneKindAreOneRange() {
        CommandLineRun run = small.inspect();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo("""
                addresses                                   bytes  pages rights  flags
                0x0000000000400000-0x0000000000401fff       8K  4K    r-xu    -
                0x0000000000402000-0x0000000000402fff       4K  4K    rwxu    -
                0x0000000000403000-0x0000000000403fff       4K  4K    rwxu    g
                0xffffffffffe00000-0xffffffffffffffff       2M  2M    rwx-    g

                4 ranges, 5 pages: 4 of 4K, 1 of 2M, 0 of 1G; 2.0 MiB in all
                tables: x86-64, 4 levels, root %s: 6 of them, 24 KiB
                one of the pages lies where the image has no memory, the first for 0xffffffffffe00000: devices, or \
                memory that was left out
                """.replace("rwxu", "rw-u").formatted(small.root));
    }

    @Test
    void leavesAreListedEachWithItsBits() {
        CommandLineRun run = small.inspect("--list", "leaves");
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
        assertThat(small.inspect("--csv").out()).isEqualTo("""
                address,size,pageSize,rights,global
                0x400000,8192,4K,r-xu,false
                0x402000,4096,4K,rw-u,false
                0x403000,4096,4K,rw-u,true
                0xffffffffffe00000,2097152,2M,rwx-,true
                """);
        assertThat(small.inspect("--list", "leaves", "--csv").out()).startsWith("""
                address,output,pageSize,rights,global,accessed,dirty
                0x400000,0x5000,4K,r-xu,false,true,false
                """);
        JsonNode ranges = small.inspect("--json").json();
        assertThat(ranges.get("ranges").get(0).toString())
                .isEqualTo("{\"address\":\"0x400000\",\"size\":8192,\"pageSize\":\"4K\",\"rights\":\"r-xu\","
                        + "\"global\":false}");
        assertThat(ranges.get("totals").toString()).isEqualTo("{\"4K\":4,\"2M\":1,\"1G\":0}");
        assertThat(ranges.get("tables").toString()).isEqualTo("{\"pages\":6,\"bytes\":24576}");
        assertThat(ranges.propertyNames()).containsExactly("schema", "ranges", "totals", "tables");
        JsonNode leaves = small.inspect("--list", "leaves", "--json").json();
        assertThat(leaves.get("leaves").get(2).toString())
                .isEqualTo("{\"address\":\"0x402000\",\"output\":\"0x6000\",\"pageSize\":\"4K\",\"rights\":\"rw-u\","
                        + "\"global\":false,\"accessed\":true,\"dirty\":true}");
        Path csv = folder.resolve("out.csv");
        Path json = folder.resolve("out.json");
        CommandLineRun both = small.inspect("--csv", csv.toString(), "--json", json.toString(), "--quiet");
        assertThat(both.out()).isEmpty();
        assertThat(csv).content().isEqualTo(small.inspect("--csv").out());
        assertThat(json).content().isEqualTo(small.inspect("--json").out());
        assertThat(run("--csv", small.image.toString(), "--root", small.root).out())
                .as("the image after the option")
                .isEqualTo(small.inspect("--csv").out());
    }

    @Test
    void anAddressIsTranslatedStepByStep() {
        CommandLineRun run = small.inspect("--address", "0x402_123", "--address", "5");
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
        CommandLineRun run = small.inspect("--address", "0x403008", "--address", "0x401000", "--csv");
        assertThat(run.out()).isEqualTo("""
                address,output,pageSize,rights,fault
                0x403008,0x7008,4K,rw-u,
                0x401000,0x9000,4K,r-xu,
                """);
    }

    @Test
    void translationsAsJson() throws IOException {
        Path file = Files.writeString(folder.resolve("list"), "# of a page\n\n0x402123 # this one\n0x40_0000\n");
        JsonNode told = small.inspect("--address", "0x800000000000", "--addresses", file.toString(), "--json").json();
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
        String values = "cr0=0x80010001,cr3=%s,cr4=0x20,efer=0xd00".formatted(small.root);
        CommandLineRun run = run(small.image.toString(), "--registers", values, "--csv");
        assertThat(run.out()).as("CR4.PGE is off").isEqualTo("""
                address,size,pageSize,rights,global
                0x400000,8192,4K,r-xu,false
                0x402000,8192,4K,rw-u,false
                0xffffffffffe00000,2097152,2M,rwx-,false
                """);
        Path file = Files.writeString(
                folder.resolve("registers.txt"),
                "CPU#0\nRFL=00000002\nCR0=80010001 CR2=0 CR3=%016x CR4=000000a0\nEFER=0000000000000d00\n"
                        .formatted(small.table.root()));
        assertThat(run(small.image.toString(), "--registers", file.toString(), "--csv").out())
                .isEqualTo(small.inspect("--csv").out());
        assertThat(run(small.image.toString(), "--registers", file + ",cr4=0x20", "--csv").out()).isEqualTo(run.out());
    }

    /** Four directory pointers, which the processor loads with CR3. */
    @Test
    void paeTablesAreReadWithTheirPointers() throws IOException {
        PageTable pae = small.memory.table("pae");
        pae.map(0xc040_1000L, 0x5000, 12, Rights.ALL, 0);
        small.save();
        String registers = "cr0=0x80010001,cr3=%#x,cr4=0x20".formatted(pae.root());
        CommandLineRun run = run(small.image.toString(), "--registers", registers, "--address", "0xc0401234", "--csv");
        assertThat(run.out()).endsWith("0xc0401234,0x5234,4K,rwxu,\n");
        JsonNode all = run(small.image.toString(), "--registers", registers, "--json").json();
        assertThat(all.get("ranges")).hasSize(1);
        assertThat(all.get("totals").toString()).isEqualTo("{\"4K\":1,\"2M\":0}");
        assertThat(all.get("tables").toString()).isEqualTo("{\"pages\":3,\"bytes\":8224}");
    }

    @Test
    void anElfCoreIsAnImageToo() throws IOException {
        Path core = new CoreMaker().memory(0, small.memory.bytes()).write(folder.resolve("core"));
        assertThat(run(core.toString(), "--root", small.root).out()).isEqualTo(small.inspect().out());
    }
}
