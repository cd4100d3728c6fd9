package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.runner.image.CoreMaker;
import org.memvirt.runner.image.DumpMaker;
import org.memvirt.runner.image.TableMaker;

/** {@code inspect} with the dumps and registers that people have. */
class InspectDumpsTest {
    private static final int MEMORY = 1 << 20;
    private static final int HOLE = 0x8_0000;
    private static final int HOLE_END = 0xc_0000;
    private static final long C = 1L << 47;

    @TempDir
    Path folder;

    // Tables lie on both sides of the hole.
    private final TableMaker memory = new TableMaker(MEMORY, 0x7_e000);
    private PageTable table;

    @BeforeEach
    void makeTables() {
        table = memory.table("x86-64");
        memory.allocate(HOLE_END - HOLE);
        table.map(0x40_0000, 0x5000, 12, Rights.ALL, 0);
    }

    private String write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content).toString();
    }

    private static CommandLineRun inspect(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "inspect";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return CommandLineRun.of(all);
    }

    private void assertTranslates(CommandLineRun run, String output) {
        assertThat(run.err()).isEmpty();
        assertThat(run.json().at("/translations/0/output").asString()).isEqualTo(output);
        assertThat(run.status()).isZero();
    }

    private String registers() {
        return "cr0=0x80050033,cr3=%#x,cr4=0xa0,efer=0xd01".formatted(table.root());
    }

    private static void assertFails(CommandLineRun run, int status, String... parts) {
        assertThat(run.err()).contains(parts).doesNotContain("at org.memvirt");
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).isEqualTo(status);
    }

    @Test
    void tablesOnBothSidesOfAHoleAreFound() throws IOException {
        List<DumpMaker.Stretch> stretches = DumpMaker.around(memory.bytes(), HOLE, HOLE_END);
        String[] at = {"--registers", registers(), "--address", "0x400123", "--json"};
        for (byte[] dump : List.of(
                DumpMaker.lime(stretches), DumpMaker.windows(true, 1, stretches),
                DumpMaker.windows(false, 1, stretches))) {
            String image = write("dump", dump);
            assertTranslates(inspect(image, at[0], at[1], at[2], at[3], at[4]), "0x5123");
        }
        byte[] concatenated = new byte[MEMORY - (HOLE_END - HOLE)];
        System.arraycopy(stretches.get(0).content(), 0, concatenated, 0, HOLE);
        System.arraycopy(stretches.get(1).content(), 0, concatenated, HOLE, MEMORY - HOLE_END);
        String raw = write("raw", concatenated);
        CommandLineRun run = inspect(raw, at[0], at[1], at[2], at[3]);
        assertThat(run.err()).contains("map nothing in this image", "the hole below 4 GiB", "--memory-map");
        assertTranslates(
                inspect(raw, "--memory-map", "0=0+512K,0xc0000=512K", at[0], at[1], at[2], at[3], at[4]), "0x5123");
    }

    @Test
    void coresOf32BitGuestsAreRead() throws IOException {
        TableMaker low = new TableMaker(MEMORY, 0x1_0000);
        PageTable pae = low.table("pae");
        pae.map(0x40_0000, 0x7000, 12, Rights.ALL, 0);
        String registers = "cr0=0x80050033,cr3=%#x,cr4=0x6f8,efer=0x800".formatted(pae.root());
        List<DumpMaker.Stretch> all = List.of(new DumpMaker.Stretch(0, low.bytes()));
        for (byte[] core : List.of(DumpMaker.elf32(3, all),
                new CoreMaker().machine(3).memory(0, low.bytes()).bytes())) {
            String image = write("core", core);
            assertTranslates(inspect(image, "--registers", registers, "--address", "0x400010", "--json"), "0x7010");
            String root = "%#x".formatted(pae.root());
            assertTranslates(
                    inspect(image, "--root", root, "--format", "pae", "--address", "0x400010", "--json"), "0x7010");
            assertFails(
                    inspect(image, "--root", root, "--address", "0x400010"),
                    2,
                    "of an i386 machine",
                    "say which, with --format",
                    "x86 has", "pae, ia32");
        }
    }

    @Test
    void registersInAnyShapeAreTaken() throws IOException {
        String image = write("ram", memory.bytes());
        String qemu =
                "CPU#%d\\r\\nRFL=00000002\\r\\nCR0=80050033 CR2=0 CR3=%016x CR4=000000a0\\r\\nEFER=0000000000000d01\\r\\n";
        String json = "{\"return\":\"" + qemu.formatted(0, table.root()) + "\",\"id\":\"libvirt-17\"}";
        String gdb =
                "cr0  0x80050033  [ PG ]\ncr3  %#x  [ PDBR=0 PCID=0 ]\ncr4  0xa0  [ PGE PAE ]\nefer  0xd01  [ NXE ]\n"
                        .formatted(table.root());
        for (String text : List.of(json, gdb)) {
            String file = write("registers", text.getBytes(StandardCharsets.US_ASCII));
            assertTranslates(inspect(image, "--registers", file, "--address", "0x400123", "--json"), "0x5123");
        }
        String two = "{\"return\":\"" + qemu.formatted(2, table.root()) + qemu.formatted(3, 0x1000) + "\"}";
        String file = write("registers", two.getBytes(StandardCharsets.US_ASCII));
        CommandLineRun run = inspect(image, "--registers", file, "--address", "0x400123");
        assertThat(run.err()).isEqualTo(
                "memvirt: %s tells of several processors; taken is the first processor, CPU#2%n".formatted(file));
        assertThat(run.out()).contains("hPA 0x000000005123");
        assertThat(inspect(image, "--registers", file, "--address", "0x400123", "--quiet").err()).isEmpty();
    }

    @Test
    void aTextOfRegistersMayBeInUtf16AndIsNoImage() throws IOException {
        String image = write("ram", memory.bytes());
        String text = "CR0=80050033 CR3=%016x CR4=000000a0\r\nEFER=0000000000000d01\r\n".formatted(table.root());
        for (Charset order : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
            String file = write("registers", ("\ufeff" + text).getBytes(order));
            assertTranslates(inspect(image, "--registers", file, "--address", "0x400123", "--json"), "0x5123");
        }
        Path large = folder.resolve("large");
        try (FileChannel channel = FileChannel.open(
                large, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.allocate(1), 3L << 30);
        }
        assertFails(
                inspect(image, "--registers", large.toString(), "--address", "0x400123"),
                3,
                "holds no registers of MMU x86: it has more than 64 MiB");
    }

    /** Physical 4 GiB lies at 3 GiB of the file, and what lies at 4 GiB is other memory. */
    @Test
    void aLargeRawFileWithDamagedTablesMayLeaveOutTheHole() throws IOException {
        byte[] low = memory.bytes();
        ByteBuffer words = ByteBuffer.wrap(low).order(ByteOrder.LITTLE_ENDIAN);
        int top = (int) table.root() & -4096;
        // Beside what is mapped, one table in the part above 4 GiB, and one that not even the file's end holds.
        words.putLong(top + 8, (4L << 30) + 0x67);
        words.putLong(top + 16, (5L << 30) + 0x67);
        Path file = folder.resolve("mem.raw");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(low), 0);
            channel.write(ByteBuffer.allocate(1), (4L << 30) + 4095);
        }
        CommandLineRun run = inspect(file.toString(), "--registers", registers(), "--address", "0x400123");
        assertThat(run.err()).contains("the hole below 4 GiB", "--memory-map 0=0+3G,4G=3G");
        assertThat(run.out()).contains("hPA 0x000000005123");
        String small = write("small.raw", low);
        assertThat(inspect(small, "--registers", registers(), "--address", "0x400123").err())
                .contains("damage: 2 entries lead")
                .doesNotContain("hole");
    }

    /** A kernel's oops does not tell EFER. */
    @Test
    void aRegisterThatTheTextLacksIsAskedFor() throws IOException {
        String image = write("ram", memory.bytes());
        String oops = "CS: 0010 CR0: 0000000080050033\nCR2: 0000000000000000 CR3: %016x CR4: 00000000000000a0\n"
                .formatted(table.root());
        String file = write("oops", oops.getBytes(StandardCharsets.US_ASCII));
        assertFails(
                inspect(image, "--registers", file, "--address", "0x400123"),
                3,
                "does not tell what efer holds",
                "--registers " + file + ",efer=0x");
        assertTranslates(
                inspect(image, "--registers", file + ",efer=0xd01", "--address", "0x400123", "--json"), "0x5123");
        assertFails(inspect(image, "--registers", "cr0=0x80050033,cr4=0xa0,efer=0xd01"), 2, "cr3 is not given");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --root 0000000000004000                              | --root: '0000000000004000' is no address
            --root 0000000000004000                              | 0x0000000000004000
            --root 5ad8000                                       | 0x5ad8000
            --root 0x1000 --address 4198400                      | '4198400' is no address
            --registers cr0=80050033                             | write 0x80050033
            --registers cr0=0x80050033,cr3=0000000000004000      | write 0x0000000000004000
            --root 0x1000 --format x86-64:pkru=55555554          | write 0x55555554
            --stage2-root 4096                                   | --stage2-root: '4096' is no address
            """)
    void digitsAloneAreNoNumber(String options, String expected) throws IOException {
        String image = write("ram", memory.bytes());
        String[] given = options.split(" ");
        String[] all = new String[given.length + 1];
        all[0] = image;
        System.arraycopy(given, 0, all, 1, given.length);
        assertFails(inspect(all), 2, expected);
    }

    // Encrypted memory.

    private byte[] encrypted() {
        TableMaker low = new TableMaker(MEMORY, 0x1_0000);
        table = low.table("x86-64");
        table.map(0x40_0000, 0x7000, 12, Rights.ALL, 0);
        for (long at = 0; at < MEMORY; at += 8) {
            low.store(at, (low.load(at) & 1) == 0 ? low.load(at) : low.load(at) | C);
        }
        return low.bytes();
    }

    @Test
    void theEncryptionBitIsGivenOrKnownFromTheKernelsNote() throws IOException {
        byte[] content = encrypted();
        String image = write("ram", content);
        assertThat(inspect(image, "--registers", registers(), "--address", "0x400000").err())
                .contains("map nothing", "may be encrypted", "cbit=47");
        assertTranslates(
                inspect(image, "--registers", registers() + ",cbit=47", "--address", "0x400000", "--json"), "0x7000");
        String root = "%#x".formatted(table.root());
        assertTranslates(
                inspect(image, "--root", root, "--format", "x86-64:cbit=47", "--address", "0x400000", "--json"),
                "0x7000");
        String core = new CoreMaker()
                .vmcoreinfo("NUMBER(sme_mask)=140737488355328\n")
                .memory(0, content)
                .write(folder.resolve("core"))
                .toString();
        for (String[] given : new String[][] {{"--registers", registers()}, {"--root", root}}) {
            CommandLineRun run = inspect(core, given[0], given[1], "--address", "0x400000");
            assertThat(run.err())
                    .isEqualTo("memvirt: cbit=47 is taken from the note VMCOREINFO in %s%n".formatted(core));
            assertThat(run.out()).contains("hPA 0x000000007000");
        }
        assertThat(inspect(core, "--root", root, "--format", "x86-64:cbit=0", "--address", "0x400000").err())
                .as("what is given counts")
                .doesNotContain("VMCOREINFO");
    }

    // Two stages.

    /** A guest's memory at 0x40000 of the host's; its page 0x3000 is not mapped. */
    @Test
    void theSecondStageIsToldAsTheCause() throws IOException {
        TableMaker host = new TableMaker(MEMORY, 0x1_0000);
        PageTable second = host.table("npt");
        for (long gpa = 0; gpa < 0x4_0000; gpa += 4096) {
            if (gpa != 0x3000) {
                second.map(gpa, gpa + 0x4_0000, 12, Rights.ALL, 0);
            }
        }
        second.map(0x4_0000, 0x10_0000, 12, Rights.ALL, 0);
        PageTable first = host.guest(0x1_0000, gpa -> gpa + 0x4_0000).table("x86-64");
        first.map(0x5000, 0x5000, 12, Rights.ALL, 0);
        String image = write("npt.img", host.bytes());
        String guest = "cr0=0x80010033,cr4=0x20,efer=0xd01,ncr3=%#x,cr3=".formatted(second.root());
        String both = ",hostCr4=0x20,hostEfer=0xd00";
        assertFails(inspect(image, "--registers", guest + "0x1000"), 2, "hostCr4", "hostEfer");
        assertTranslates(
                inspect(
                        image, "--registers", guest + "%#x".formatted(first.root()) + both, "--address", "0x5123",
                        "--json"),
                "0x45123");
        assertFails(
                inspect(image, "--registers", guest + "0x3000" + both, "--address", "0x5123"),
                3,
                "stage 2 does not map guest-physical 0x3000");
        assertFails(
                inspect(image, "--registers", guest + "0x40000" + both),
                3,
                "stage 2 maps guest-physical 0x40000 to 0x100000, which the image does not hold");
        host.store(0x4_0000 + (first.root() & -4096) + 8, 0x3067);
        CommandLineRun list = inspect(
                write("npt.img", host.bytes()), "--registers", guest + "%#x".formatted(first.root()) + both);
        assertThat(list.out())
                .contains("1 entry leads to a table that stage 2 does not map, or the image does not hold");
    }

    @Test
    void aPointerWithATagIsThatWithout() throws IOException {
        String image = write("ram", memory.bytes());
        String registers = "cr0=0x80050033,cr3=%#x,cr4=0xa0,efer=0xd01".formatted(table.root() | 1L << 61);
        CommandLineRun run = inspect(
                image, "--registers", registers, "--address", "0x2a00000000400123", "--address", "0x400123", "--json");
        assertTranslates(run, "0x5123");
        assertThat(run.json().at("/translations/0/address").asString()).isEqualTo("0x2a00000000400123");
        assertThat(Arrays.asList(0, 1))
                .allMatch(each -> run.json().at("/translations/" + each + "/output").asString().equals("0x5123"));
    }
}
