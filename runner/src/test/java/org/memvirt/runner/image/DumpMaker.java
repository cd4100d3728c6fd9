package org.memvirt.runner.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Writes small dumps as the descriptions of their formats say. */
public final class DumpMaker {
    private static final int PAGE = 4096;

    private DumpMaker() {}

    /** Whole pages from an address on. */
    public record Stretch(long address, byte[] content) {
        long pages() {
            return content.length / PAGE;
        }
    }

    /** All of some memory but the part from {@code hole} to {@code end}. */
    public static List<Stretch> around(byte[] memory, int hole, int end) {
        return List.of(
                new Stretch(0, Arrays.copyOf(memory, hole)),
                new Stretch(end, Arrays.copyOfRange(memory, end, memory.length)));
    }

    public static byte[] lime(List<Stretch> memory) {
        return joined(memory.stream()
                .flatMap(one -> Stream.of(
                        buffer(32)
                                .putInt(0x4c694d45)
                                .putInt(1)
                                .putLong(one.address())
                                .putLong(one.address() + one.content().length - 1)
                                .array(),
                        one.content())));
    }

    /** A complete crash dump of Windows; what is not set has PAGE in it, as there. */
    public static byte[] windows(boolean wide, int type, List<Stretch> memory) {
        ByteBuffer header = windowsHeader(wide, type);
        int at = wide ? 0x88 : 0x64;
        header.putInt(at, memory.size());
        at += wide ? 16 : 8;
        for (Stretch one : memory) {
            if (wide) {
                header.putLong(at, one.address() / PAGE).putLong(at + 8, one.pages());
            } else {
                header.putInt(at, (int) (one.address() / PAGE)).putInt(at + 4, (int) one.pages());
            }
            at += wide ? 16 : 8;
        }
        return joined(Stream.concat(Stream.of(header.array()), memory.stream().map(Stretch::content)));
    }

    /** One that tells of no runs. */
    public static byte[] windowsWithoutRuns(boolean wide, byte[] memory) {
        return joined(Stream.of(windowsHeader(wide, 0x45474150).array(), memory));
    }

    /**
     * One with a bitmap of the pages, which are all those of {@code memory}.
     *
     * @param bitsFirst whether the number of bits comes before that of the pages that are there: descriptions differ
     */
    public static byte[] windowsBitmap(String mark, int type, boolean bitsFirst, List<Stretch> memory) {
        long pages = memory.getLast().address() / PAGE + memory.getLast().pages();
        int bytes = (int) (pages + 7) / 8;
        ByteBuffer second = buffer((0x38 + bytes + PAGE - 1) / PAGE * PAGE);
        second.put((mark + "DUMP").getBytes(StandardCharsets.US_ASCII));
        long present = memory.stream().mapToLong(Stretch::pages).sum();
        second.putLong(0x20, 0x2000 + second.capacity());
        second.putLong(bitsFirst ? 0x28 : 0x30, pages).putLong(bitsFirst ? 0x30 : 0x28, present);
        for (Stretch one : memory) {
            for (long page = one.address() / PAGE; page < one.address() / PAGE + one.pages(); page++) {
                int place = 0x38 + (int) (page / 8);
                second.put(place, (byte) (second.get(place) | 1 << page % 8));
            }
        }
        return joined(Stream.concat(
                Stream.of(windowsHeader(true, type).array(), second.array()), memory.stream().map(Stretch::content)));
    }

    /** One with ranges of page numbers. */
    public static byte[] windowsRanges(int type, List<Stretch> memory) {
        ByteBuffer second = buffer(PAGE);
        second.putInt(0x40).put("RDMPDUMP".getBytes(StandardCharsets.US_ASCII));
        second.putLong(0x10, second.capacity() - 0x20).putLong(0x18, 0x2000 + second.capacity());
        second.putInt(0x20, memory.size()).putLong(0x28, memory.stream().mapToLong(Stretch::pages).sum());
        int at = 0x30;
        for (Stretch one : memory) {
            second.putLong(at, one.address() / PAGE).putLong(at + 8, one.pages());
            at += 16;
        }
        return joined(Stream.concat(
                Stream.of(windowsHeader(true, type).array(), second.array()), memory.stream().map(Stretch::content)));
    }

    private static ByteBuffer windowsHeader(boolean wide, int type) {
        ByteBuffer header = buffer(wide ? 0x2000 : 0x1000);
        while (header.hasRemaining()) {
            header.putInt(0x45474150);
        }
        header.putInt(4, wide ? 0x34365544 : 0x504d5544);
        return header.putInt(wide ? 0xf98 : 0xf88, type);
    }

    /**
     * A core of Xen's.
     *
     * @param pages each a page and where it belongs, in the order of the file
     * @param paired whether it is of a paravirtualized guest, which knows its pages by other numbers than its tables do
     */
    public static byte[] xen(boolean paired, List<Stretch> pages) {
        String names = "\0.shstrtab\0.note.Xen\0.xen_p2m\0.xen_pfn\0.xen_pages\0";
        byte[] content = joined(pages.stream().map(Stretch::content));
        ByteBuffer numbers = buffer(pages.size() * (paired ? 16 : 8));
        for (int i = 0; i < pages.size(); i++) {
            if (paired) {
                numbers.putLong(i);
            }
            numbers.putLong(pages.get(i).address() < 0 ? -1 : pages.get(i).address() / PAGE);
        }
        int sections = 64;
        int at = sections + 4 * 64;
        ByteBuffer headers = buffer(at);
        headers.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        headers.putShort(16, (short) 4).putShort(18, (short) 62).putLong(40, sections);
        headers.putShort(52, (short) 64).putShort(58, (short) 64).putShort(60, (short) 4).putShort(62, (short) 1);
        byte[][] parts = {names.getBytes(StandardCharsets.US_ASCII), numbers.array(), content};
        String[] called = {".shstrtab", paired ? ".xen_p2m" : ".xen_pfn", ".xen_pages"};
        for (int i = 0; i < parts.length; i++) {
            int header = sections + (i + 1) * 64;
            headers.putInt(header, names.indexOf(called[i])).putLong(header + 24, at).putLong(header + 32,
                    parts[i].length);
            at += parts[i].length;
        }
        return joined(Stream.concat(Stream.of(headers.array()), Stream.of(parts)));
    }

    /** An ELF core of 32 bits. */
    public static byte[] elf32(int machine, List<Stretch> memory) {
        int at = 52 + 32 * memory.size();
        ByteBuffer headers = buffer(at);
        headers.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1});
        headers.putShort(16, (short) 4).putShort(18, (short) machine).putInt(28, 52);
        headers.putShort(42, (short) 32).putShort(44, (short) memory.size());
        for (int i = 0; i < memory.size(); i++) {
            int header = 52 + 32 * i;
            int bytes = memory.get(i).content().length;
            headers.putInt(header, 1).putInt(header + 4, at).putInt(header + 12, (int) memory.get(i).address());
            headers.putInt(header + 16, bytes).putInt(header + 20, bytes);
            at += bytes;
        }
        return joined(Stream.concat(Stream.of(headers.array()), memory.stream().map(Stretch::content)));
    }

    /** A note, as a core's segment of notes has it. */
    static byte[] note(String name, String text) {
        byte[] called = (name + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] content = text.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer note = buffer(12 + (called.length + 3 & -4) + (content.length + 3 & -4));
        note.putInt(called.length).putInt(content.length).putInt(0).put(called);
        return note.put(12 + (called.length + 3 & -4), content).array();
    }

    static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] joined(Stream<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
