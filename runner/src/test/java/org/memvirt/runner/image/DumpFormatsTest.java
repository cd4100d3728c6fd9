package org.memvirt.runner.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.runner.image.DumpMaker.Stretch;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.WrongUsage;

/** Dumps of all kinds that are read, and those that are refused by name. */
class DumpFormatsTest {
    private static final int PAGE = 4096;
    private static final int PAGES = 23;
    private static final int HOLE = 9 * PAGE;
    private static final int HOLE_END = 14 * PAGE;

    @TempDir
    Path folder;

    /** Memory of which each word is its own address, and one. */
    private static byte[] memory() {
        ByteBuffer content = DumpMaker.buffer(PAGES * PAGE);
        for (long at = 0; at < content.capacity(); at += 8) {
            content.putLong(at + 1);
        }
        return content.array();
    }

    private static List<Stretch> stretches() {
        return DumpMaker.around(memory(), HOLE, HOLE_END);
    }

    private static List<Stretch> pages() {
        List<Stretch> pages = new ArrayList<>();
        byte[] memory = memory();
        for (int at = 0; at < memory.length; at += PAGE) {
            if (at < HOLE || at >= HOLE_END) {
                pages.add(new Stretch(at, Arrays.copyOfRange(memory, at, at + PAGE)));
            }
        }
        return pages;
    }

    private MemoryImage open(byte[] content) throws IOException {
        return ImageFile.open(Files.write(folder.resolve("dump"), content).toString());
    }

    private void assertBad(byte[] content, String... parts) throws IOException {
        Path file = Files.write(folder.resolve("bad"), content);
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ImageFile.open(file.toString()))
                .satisfies(failure -> assertThat(failure.getMessage()).startsWith(file.toString()).contains(parts));
    }

    static Stream<byte[]> dumps() {
        List<Stretch> shuffled = pages();
        Collections.shuffle(shuffled, new Random(1));
        List<Stretch> withoutNumber = new ArrayList<>(shuffled);
        withoutNumber.add(3, new Stretch(-1, new byte[PAGE]));
        return Stream.of(
                DumpMaker.lime(stretches()),
                DumpMaker.windows(true, 1, stretches()),
                DumpMaker.windows(false, 1, stretches()),
                DumpMaker.windowsBitmap("FDMP", 5, true, stretches()),
                DumpMaker.windowsBitmap("SDMP", 2, false, stretches()),
                DumpMaker.windowsBitmap("SDMP", 6, false, stretches()),
                DumpMaker.windowsRanges(8, stretches()),
                DumpMaker.windowsRanges(10, stretches()),
                DumpMaker.xen(false, pages()),
                DumpMaker.xen(true, shuffled),
                DumpMaker.xen(false, withoutNumber),
                DumpMaker.elf32(3, stretches()));
    }

    @ParameterizedTest
    @MethodSource("dumps")
    void memoryLiesWhereTheDumpSays(byte[] dump) throws IOException {
        try (MemoryImage image = open(dump)) {
            assertThat(image.isPlaced()).isTrue();
            assertThat(image.bytes()).isEqualTo((PAGES - 5) * PAGE);
            for (long at = 0; at < PAGES * PAGE; at += 8) {
                assertThat(image.holds(at, 8)).isEqualTo(at < HOLE || at >= HOLE_END);
                if (image.holds(at, 8)) {
                    assertThat(image.load(at)).isEqualTo(at + 1);
                }
            }
            assertThat(image.extent()).isEqualTo("guest-physical 0x0-0x9000 and 0xe000-0x17000");
        }
    }

    /** Cut off anywhere, or with a word of its headers damaged, a dump is refused or read, and nothing else. */
    @ParameterizedTest
    @MethodSource("dumps")
    void damageIsToldAsSuch(byte[] dump) throws IOException {
        Path file = folder.resolve("damaged");
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = i % 3 == 0 ? Arrays.copyOf(dump, random.nextInt(8, dump.length)) : dump.clone();
            ByteBuffer words = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
            if (i % 3 != 0) {
                long[] values = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40, random.nextLong()};
                int at = random.nextInt(1, Math.min(0x2200, damaged.length - 8) / 4) * 4 + 4;
                words.putLong(Math.min(at, damaged.length - 8), values[random.nextInt(values.length)]);
            }
            Files.write(file, damaged);
            try (MemoryImage image = ImageFile.open(file.toString())) {
                image.holds(0, image.bytes());
                if (image.holds(0, 8)) {
                    image.load(0);
                }
            } catch (BadInput expected) {
                assertThat(expected.getMessage()).startsWith(file.toString());
            }
        }
    }

    @Test
    void limesRangesAreToldWhereTheyAreDamaged() throws IOException {
        byte[] dump = DumpMaker.lime(stretches());
        assertBad(Arrays.copyOf(dump, dump.length - 1), "too short", "range 1, guest-physical 0xe000-0x17000");
        dump[32 + HOLE] = 'X';
        assertBad(dump, "damaged LiME dump: at byte %d the header of range 1".formatted(32 + HOLE));
    }

    @Test
    void windowsDumpsWithoutAllMemoryAreToldByTheirKind() throws IOException {
        assertBad(DumpMaker.windows(true, 4, stretches()), "Windows crash dump of type 4, a minidump", "without -w");
        assertBad(DumpMaker.windows(false, 2, stretches()), "Windows crash dump of type 2, of the kernel alone");
        assertBad(DumpMaker.windowsWithoutRuns(true, memory()), "Windows crash dump", "does not tell where");
        assertBad(DumpMaker.windowsWithoutRuns(false, memory()), "Windows crash dump", "does not tell where");
    }

    @Test
    void windowsDumpsTellTheirMachine() throws IOException {
        for (boolean wide : new boolean[] {true, false}) {
            byte[] dump = DumpMaker.windows(wide, 1, stretches());
            try (MemoryImage image = open(dump)) {
                assertThat(image.machine()).isEqualTo(wide ? ImageMachine.X86_64 : ImageMachine.I386);
            }
            ByteBuffer header = ByteBuffer.wrap(dump).order(ByteOrder.LITTLE_ENDIAN);
            header.putInt(wide ? 0x30 : 0x20, 0xaa64);
            try (MemoryImage image = open(dump)) {
                assertThat(image.machine()).isEqualTo(ImageMachine.AARCH64);
            }
            header.putInt(wide ? 0x30 : 0x20, 0x200);
            assertBad(dump, "machine of another kind: number 0x200", "[x86-64, i386, AArch64]");
        }
    }

    /** The header has room for 42 runs of 64 bits, or 86 of 32. */
    @Test
    void windowsDumpsHaveManyRuns() throws IOException {
        List<Stretch> pages = new ArrayList<>();
        for (int i = 0; i < 87; i++) {
            pages.add(new Stretch(2L * PAGE * i, new byte[PAGE]));
        }
        for (boolean wide : new boolean[] {true, false}) {
            int most = wide ? 42 : 86;
            try (MemoryImage image = open(DumpMaker.windows(wide, 1, pages.subList(0, most)))) {
                assertThat(image.bytes()).isEqualTo((long) most * PAGE);
            }
            assertBad(DumpMaker.windows(wide, 1, pages.subList(0, most + 1)), "there are 1 to " + most);
        }
    }

    @Test
    void aBitmapOrRangesBeyondTheirRoomAreDamage() throws IOException {
        byte[] bitmap = DumpMaker.windowsBitmap("FDMP", 5, false, stretches());
        ByteBuffer.wrap(bitmap).order(ByteOrder.LITTLE_ENDIAN).putLong(0x2030, 1L << 30);
        assertBad(bitmap, "damaged Windows crash dump", "bitmap of 0x40000000 bits");
        byte[] ranges = DumpMaker.windowsRanges(8, stretches());
        ByteBuffer.wrap(ranges).order(ByteOrder.LITTLE_ENDIAN).putLong(0x2030, 1L << 50);
        assertBad(ranges, "damaged Windows crash dump", "range of 0x9 pages from page 0x4000000000000");
        assertBad(DumpMaker.windowsRanges(8, List.of()), "without memory");
        byte[] cut = DumpMaker.windowsRanges(10, stretches());
        assertBad(Arrays.copyOf(cut, cut.length - 1), "too short", "a run of pages, guest-physical 0xe000-0x17000");
    }

    @Test
    void aCoreOfA32BitGuestMayBeOfEitherClass() throws IOException {
        try (MemoryImage image = open(DumpMaker.elf32(3, stretches()))) {
            assertThat(image.machine()).isEqualTo(ImageMachine.I386);
        }
        CoreMaker wide = new CoreMaker().machine(3);
        stretches().forEach(one -> wide.memory(one.address(), one.content()));
        try (MemoryImage image = open(wide.bytes())) {
            assertThat(image.machine()).isEqualTo(ImageMachine.I386);
            assertThat(image.load(HOLE_END)).isEqualTo(HOLE_END + 1);
        }
    }

    @Test
    void theKernelsNoteIsRead() throws IOException {
        String text = "OSRELEASE=6.1.0\nNUMBER(sme_mask)=140737488355328\n";
        CoreMaker core = new CoreMaker()
                .note(DumpMaker.note("CORE", "registers"))
                .note(DumpMaker.note("VMCOREINFO", text))
                .memory(0, memory());
        try (MemoryImage image = open(core.bytes())) {
            assertThat(image.vmcoreinfo()).isEqualTo(text);
        }
        try (MemoryImage image = open(new CoreMaker().note(20).memory(0, memory()).bytes())) {
            assertThat(image.vmcoreinfo()).isNull();
        }
    }

    static List<RefusedFile> refused() {
        return RefusedFile.all();
    }

    /** As long as whole pages, they would else pass for raw images. */
    @ParameterizedTest
    @MethodSource("refused")
    void othersAreRefusedByName(RefusedFile kind) throws IOException {
        byte[] content = new byte[kind.offset() / PAGE * PAGE + 2 * PAGE];
        System.arraycopy(kind.bytes(), 0, content, kind.offset(), kind.bytes().length);
        assertBad(content, " is ");
        Path file = folder.resolve("bad");
        try (MemoryImage image = ImageFile.open(file.toString(), MemoryMap.parse("0=0"))) {
            assertThat(image.bytes()).as("who says where it lies has it taken as raw").isEqualTo(content.length);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            'KDUMP   '         | kdump-compressed       | without -z
            makedumpfile       | flattened              | makedumpfile -E
            QEVM               | saved machine          | dump-guest-memory
            LibvirtQemudSave   | virsh save             | --memory-only
            Xen saved domain   | xl save                | xl dump-core
            AVML               | AVML                   | avml-convert
            hibr               | hibernation            | compressed
            MDMP               | minidump               | one process
            \u00d2\u00be\u00d2\u00be | VMware                 | .vmem
            \u00d0\u00be\u00d2\u00be | VMware                 | vmss2core -M
            """)
    void andTheAdviceIsForTheirKind(String magic, String name, String advice) throws IOException {
        assertBad(Arrays.copyOf(magic.getBytes(StandardCharsets.ISO_8859_1), 2 * PAGE), name, advice);
    }

    @Test
    void aMemoryMapSaysWhereTheyLie() throws IOException {
        byte[] memory = memory();
        byte[] concatenated = new byte[memory.length - (HOLE_END - HOLE)];
        System.arraycopy(memory, 0, concatenated, 0, HOLE);
        System.arraycopy(memory, HOLE_END, concatenated, HOLE, memory.length - HOLE_END);
        Path file = Files.write(folder.resolve("ram"), concatenated);
        for (String map : List.of("0=0+0x9000,0xe000=0x9000", "0xe000=36K+36K, 0=0x0+36K")) {
            try (MemoryImage image = ImageFile.open(file.toString(), MemoryMap.parse(map))) {
                assertThat(image.isPlaced()).isFalse();
                assertThat(image.bytes()).isEqualTo(concatenated.length);
                assertThat(image.load(HOLE - 8)).isEqualTo(HOLE - 7);
                assertThat(image.load(HOLE_END)).isEqualTo(HOLE_END + 1);
                assertThat(image.holds(HOLE, 8)).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "0", "0=0,4G=3G", "0=0+4096", "0=0+0x1000+0x1000", "1000=0+4K", "0=0=0", "-1=0", "0=0+-4K", "4G=3G",
        "0=0+1T", "0=0+4K,0x800=4K", "0=0xffffffffffffffff", "0x7ffffffffffff000=0"
    })
    void aWrongMemoryMapIsRefused(String map) throws IOException {
        Path file = Files.write(folder.resolve("ram"), memory());
        assertThatExceptionOfType(WrongUsage.class)
                .isThrownBy(() -> ImageFile.open(file.toString(), MemoryMap.parse(map)))
                .withMessageStartingWith("--memory-map: ");
    }

    /** VMware leaves the hole between 3 and 4 GiB out of the file. */
    @Test
    void vmwaresFileOfALargeMachineHasItsHole() throws IOException {
        Path file = folder.resolve("vm.vmem");
        long size = 5L << 30;
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(DumpMaker.buffer(8).putLong(0, 42), 3L << 30);
            channel.write(DumpMaker.buffer(8), size - 8);
        }
        try (MemoryImage image = ImageFile.open(file.toString())) {
            assertThat(image.load(4L << 30)).isEqualTo(42);
            assertThat(image.holds(3L << 30, 8)).isFalse();
            assertThat(image.bytes()).isEqualTo(size);
            assertThat(image.note()).contains("VMware", "--memory-map 0=0+0x140000000");
        }
        try (MemoryImage image = ImageFile.open(file.toString(), MemoryMap.parse("0=0+0x140000000"))) {
            assertThat(image.load(3L << 30)).isEqualTo(42);
            assertThat(image.note()).isEmpty();
        }
    }
}
