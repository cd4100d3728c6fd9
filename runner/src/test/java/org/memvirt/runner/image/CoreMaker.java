package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes small ELF cores, whole or with something wrong. */
public final class CoreMaker {
    private static final int HEADER = 64;
    private static final int PROGRAM_HEADER = 56;

    private record Segment(int type, long address, byte[] content, long inMemory) {}

    private final List<Segment> segments = new ArrayList<>();
    private int machine = 62;
    private int type = 4;
    private int width = 2;
    private int order = 1;
    private boolean countElsewhere;
    private int virtual;

    public CoreMaker machine(int number) {
        machine = number;
        return this;
    }

    CoreMaker type(int number) {
        type = number;
        return this;
    }

    CoreMaker width(int number) {
        width = number;
        return this;
    }

    CoreMaker order(int number) {
        order = number;
        return this;
    }

    /** The number of segments stands in a section header, as where there are 65,535 and more. */
    CoreMaker countElsewhere() {
        countElsewhere = true;
        return this;
    }

    /** Segments have virtual addresses, as a process's do. */
    CoreMaker ofProcess() {
        virtual = 0x40_0000;
        return this;
    }

    /** A note, which says nothing of memory. */
    CoreMaker note(int bytes) {
        segments.add(new Segment(4, 0, new byte[bytes], bytes));
        return this;
    }

    /** The note in which a kernel tells debuggers of itself. */
    public CoreMaker vmcoreinfo(String text) {
        return note(DumpMaker.note("VMCOREINFO", text));
    }

    /** A segment of notes. */
    CoreMaker note(byte[] content) {
        segments.add(new Segment(4, 0, content, content.length));
        return this;
    }

    /** Memory from a guest-physical address on. */
    public CoreMaker memory(long address, byte[] content) {
        segments.add(new Segment(1, address, content, content.length));
        return this;
    }

    /** Memory of which the file has only the beginning. */
    CoreMaker memory(long address, byte[] content, long inMemory) {
        segments.add(new Segment(1, address, content, inMemory));
        return this;
    }

    public byte[] bytes() {
        int sections = countElsewhere ? HEADER : 0;
        int headers = HEADER + segments.size() * PROGRAM_HEADER + sections;
        int length = headers + segments.stream().mapToInt(segment -> segment.content().length).sum();
        ByteBuffer file = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) width, (byte) order, 1});
        file.putShort(16, (short) type).putShort(18, (short) machine).putInt(20, 1).putLong(32, HEADER);
        file.putShort(52, (short) HEADER).putShort(54, (short) PROGRAM_HEADER);
        file.putShort(56, (short) (countElsewhere ? 0xffff : segments.size()));
        if (countElsewhere) {
            int section = headers - sections;
            file.putLong(40, section).putShort(58, (short) HEADER).putShort(60, (short) 1);
            file.putInt(section + 44, segments.size());
        }
        int offset = headers;
        int at = HEADER;
        for (Segment segment : segments) {
            file.putInt(at, segment.type()).putLong(at + 8, offset).putLong(at + 24, segment.address());
            file.putLong(at + 16, virtual == 0 ? 0 : virtual + offset);
            file.putLong(at + 32, segment.content().length).putLong(at + 40, segment.inMemory());
            file.put(offset, segment.content());
            offset += segment.content().length;
            at += PROGRAM_HEADER;
        }
        return file.array();
    }

    public Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }
}
