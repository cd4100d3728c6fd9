package org.memvirt.runner.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.WrongUsage;

class ImageFileTest {
    private static final int PAGE = 4096;

    @TempDir
    Path folder;

    /** Bytes of which each word is {@code first} and what it lies behind the first. */
    private static byte[] counting(long first, int bytes) {
        ByteBuffer content = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + 8 <= bytes; at += 8) {
            content.putLong(at, first + at);
        }
        return content.array();
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private void assertBad(byte[] content, String... parts) throws IOException {
        Path file = Files.write(file("bad.core"), content);
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ImageFile.open(file.toString()))
                .satisfies(failure -> assertThat(failure.getMessage()).startsWith(file.toString()).contains(parts));
    }

    @Test
    void aRawImagesAddressesAreOffsets() throws IOException {
        Path file = Files.write(file("ram"), counting(0x1000_0000, 3 * PAGE));
        try (MemoryImage image = ImageFile.open(file.toString())) {
            assertThat(image.machine()).isNull();
            assertThat(image.bytes()).isEqualTo(3 * PAGE);
            assertThat(image.extent()).isEqualTo("guest-physical 0x0-0x3000");
            assertThat(image.load(0)).isEqualTo(0x1000_0000);
            assertThat(image.load(0x2ff8)).isEqualTo(0x1000_2ff8);
            assertThat(image.holds(0x2ff8, 8)).isTrue();
            assertThat(image.holds(0x2ff8, 9)).isFalse();
            assertThat(image.holds(0x3000, 1)).isFalse();
            assertThat(image.holds(-8, 8)).isFalse();
        }
    }

    /** Opening takes the memory of a mapping, not of the image. */
    @Test
    void anImageOf64GibibytesOpens() throws IOException {
        Path file = file("large");
        long size = 64L << 30;
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 42), size - 8);
        }
        try (MemoryImage image = ImageFile.open(file.toString())) {
            assertThat(image.holds(0, size)).isTrue();
            assertThat(image.load(size - 8)).isEqualTo(42);
            assertThat(image.load(size / 2)).isZero();
        }
    }

    @Test
    void aCoresSegmentsLieWhereTheirHeadersSay() throws IOException {
        Path file = new CoreMaker()
                .note(20)
                .memory(0x10_0000, counting(2, 2 * PAGE))
                .memory(0, counting(1, PAGE))
                .memory(0x10_2000, counting(3, PAGE))
                .write(file("core"));
        try (MemoryImage image = ImageFile.open(file.toString())) {
            assertThat(image.machine()).isEqualTo(ImageMachine.X86_64);
            assertThat(image.bytes()).isEqualTo(4 * PAGE);
            assertThat(image.load(0xff8)).isEqualTo(1 + 0xff8);
            assertThat(image.load(0x10_1000)).isEqualTo(2 + 0x1000);
            assertThat(image.load(0x10_2008)).isEqualTo(3 + 8);
            assertThat(image.holds(0x1000, 1)).as("the hole").isFalse();
            assertThat(image.holds(0xff8, 16)).as("into the hole").isFalse();
            assertThat(image.holds(0x10_1ff8, 16)).as("over two segments").isTrue();
            assertThat(image.holds(0x10_3000, 1)).isFalse();
        }
    }

    @Test
    void aCoreMayBeOfAnAarch64Machine() throws IOException {
        Path file = new CoreMaker().machine(183).memory(0x4000_0000, counting(7, PAGE)).write(file("core"));
        try (MemoryImage image = ImageFile.open(file.toString())) {
            assertThat(image.machine()).isEqualTo(ImageMachine.AARCH64);
            assertThat(image.load(0x4000_0008)).isEqualTo(7 + 8);
        }
    }

    /** As dump-guest-memory -p writes: a segment for each virtual mapping. */
    @Test
    void segmentsMayLieOverEachOther() throws IOException {
        byte[] four = counting(0, 4 * PAGE);
        Path file = new CoreMaker()
                .memory(0x1000, Arrays.copyOfRange(four, PAGE, 3 * PAGE))
                .memory(0x2000, Arrays.copyOfRange(four, 2 * PAGE, 4 * PAGE))
                .memory(0x1000, Arrays.copyOfRange(four, PAGE, 2 * PAGE))
                .write(file("core"));
        try (MemoryImage image = ImageFile.open(file.toString())) {
            assertThat(image.bytes()).isEqualTo(3 * PAGE);
            for (long address = 0x1000; address < 0x4000; address += 8) {
                assertThat(image.load(address)).isEqualTo(address);
            }
            assertThat(image.holds(0x1000, 3 * PAGE)).isTrue();
        }
    }

    @Test
    void whatIsNotInTheFileIsMissing() throws IOException {
        Path file = new CoreMaker()
                .memory(0, counting(1, PAGE), 4 * PAGE)
                .memory(0x10_0000, new byte[0], PAGE)
                .memory(-1, counting(1, PAGE))
                .write(file("core"));
        try (MemoryImage image = ImageFile.open(file.toString())) {
            assertThat(image.extent()).isEqualTo("guest-physical 0x0-0x1000");
            assertThat(image.holds(0x1000, 1)).isFalse();
        }
    }

    @Test
    void theNumberOfSegmentsMayStandElsewhere() throws IOException {
        CoreMaker core = new CoreMaker().countElsewhere();
        for (int segment = 0; segment < 3; segment++) {
            core.memory(segment * 0x10_0000L, counting(segment, PAGE));
        }
        try (MemoryImage image = ImageFile.open(core.write(file("core")).toString())) {
            assertThat(image.bytes()).isEqualTo(3 * PAGE);
            assertThat(image.extent()).isEqualTo("guest-physical 0x0-0x1000 and 2 stretches up to 0x201000");
            assertThat(image.load(0x20_0000)).isEqualTo(2);
        }
    }

    @Test
    void aCompressedImageIsUnpacked() throws IOException {
        byte[] content = new byte[1 << 20];
        content[content.length - 8] = 9;
        System.arraycopy(counting(1, PAGE), 0, content, 0x8_0000, PAGE);
        Path file = file("ram.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(content);
        }
        try (MemoryImage image = ImageFile.open(file.toString())) {
            assertThat(image.bytes()).isEqualTo(content.length);
            assertThat(image.load(0x8_0008)).isEqualTo(1 + 8);
            assertThat(image.load(0x10_0000 - 8)).isEqualTo(9);
        }
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(new byte[2 << 20]);
        }
        try (MemoryImage image = ImageFile.open(file.toString())) {
            assertThat(image.bytes()).as("zeros count").isEqualTo(2 << 20);
        }
    }

    @Test
    void whatIsNoImageIsRefused() throws IOException {
        assertBad(new byte[0], "is empty");
        assertBad("cr0=0x80010001\n".getBytes(StandardCharsets.UTF_8), "no known format", "whole pages of 4096 bytes",
                "not 15 bytes");
        assertBad(new CoreMaker().note(16).bytes(), "holds no memory");
        assertBad(new CoreMaker().ofProcess().memory(0, new byte[PAGE]).memory(0, new byte[PAGE]).bytes(),
                "core of a process", "no physical addresses");
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> ImageFile.open(file("none").toString()));
        assertThatExceptionOfType(WrongUsage.class).isThrownBy(() -> ImageFile.open(folder.toString()));
    }

    @Test
    void otherKindsOfElfAreRefused() throws IOException {
        byte[] page = new byte[PAGE];
        assertBad(new CoreMaker().width(3).memory(0, page).bytes(), "of class 3", "of 32 bits", "of 64");
        assertBad(new CoreMaker().order(2).memory(0, page).bytes(), "big-endian");
        assertBad(new CoreMaker().type(2).memory(0, page).bytes(), "type 2, executable", "a core (4)");
        assertBad(new CoreMaker().machine(243).memory(0, page).bytes(), "number 243, RISC-V",
                "[x86-64, i386, AArch64]");
        assertBad(new CoreMaker().machine(999).memory(0, page).bytes(), "number 999 (byte 18)");
    }

    @Test
    void headersThatCannotBeAreRefusedBeforeTheyAreRead() throws IOException {
        byte[] whole = new CoreMaker().countElsewhere().memory(0, new byte[PAGE]).bytes();
        ByteBuffer core = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        int count = (int) core.getLong(40) + 44;
        core.putInt(count, -1);
        assertBad(whole, "counts 4294967295 program headers", "no image has more than 262144");
        core.putInt(count, 1).putLong(32, Long.MAX_VALUE);
        assertBad(whole, "too short", "program header 0 takes bytes 9223372036854775807 to ");
        core.putLong(32, -8);
        assertBad(whole, "too short", "program header 0 takes bytes 18446744073709551608 to ");
    }

    @Test
    void aCoreThatIsCutOffIsRefusedWithThePlace() throws IOException {
        byte[] whole = new CoreMaker().note(16).memory(0x10_0000, new byte[2 * PAGE]).bytes();
        int headers = 64 + 2 * 56;
        assertBad(Arrays.copyOf(whole, 40), "too short", "ELF header takes bytes 0 to 64", "has 40");
        assertBad(Arrays.copyOf(whole, 130), "too short", "program header 1 takes bytes 120 to 176", "has 130");
        assertBad(
                Arrays.copyOf(whole, whole.length - 1),
                "too short",
                "segment 1, guest-physical 0x100000-0x102000",
                "takes bytes %d to %d".formatted(headers + 16, whole.length),
                "has %d".formatted(whole.length - 1));
        byte[] damaged = whole.clone();
        ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).putLong(120 + 32, -5);
        assertBad(damaged, "segment 1 is damaged");
        ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).putLong(120 + 32, PAGE).putLong(120 + 8,
                Long.MAX_VALUE);
        assertBad(damaged, "too short");
        for (long place : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 7, Long.MIN_VALUE, -1}) {
            byte[] away = whole.clone();
            ByteBuffer.wrap(away).order(ByteOrder.LITTLE_ENDIAN).putLong(32, place);
            assertBad(away, "too short", "program header 0");
        }
        ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).putShort(54, (short) 32);
        assertBad(damaged, "program headers have 32 bytes");
    }
}
