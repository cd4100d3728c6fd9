package org.memvirt.conform;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file of vectors in the format {@code memvirt-vectors/1}: JSON Lines, a header and then a case a line. Read by one
 * thread; the {@link VectorLines} that it gives may be played by others.
 */
public final class VectorFile {
    /** Large enough to be worth handing to another thread, small enough to keep all of them busy. */
    private static final int USUAL_BYTES = 1 << 18;

    /** Read at once: what a stream fails in the middle of is lost. */
    private static final int READ_BYTES = 1 << 14;

    private static final int LONGEST_LINE = 1 << 26;
    private static final String HEADER_EXPECTED =
            "its first line should be a header of schema " + VectorHeader.SCHEMA;

    private final String name;
    private final InputStream content;
    private final VectorHeader header;
    private final byte[] headerLine;
    private byte[] rest = {};
    private long nextLine = 1;
    private boolean ended;
    /** What went wrong after {@link #rest} was read: told once the lines before it have been given. */
    private @Nullable IOException failure;

    /**
     * Reads the header.
     *
     * @param name for messages
     * @param content after decompression; the caller closes it
     * @throws BadVectors when it is no such file
     */
    public VectorFile(String name, InputStream content) throws IOException {
        this.name = name;
        this.content = content;
        byte[] beginning = fill(rest);
        if (failure != null && indexOfLineEnd(beginning, 0, beginning.length) < 0) {
            throw failure;
        }
        int end = indexOfLineEnd(beginning, 0, beginning.length);
        if (beginning.length == 0) {
            throw new BadVectors("%s: it is empty; %s".formatted(name, HEADER_EXPECTED));
        }
        if (beginning[0] != '{') {
            throw new BadVectors("%s: it begins like no file of vectors; %s".formatted(name, HEADER_EXPECTED));
        }
        int length = end < 0 ? beginning.length : end;
        headerLine = Arrays.copyOf(beginning, length);
        rest = Arrays.copyOfRange(beginning, Math.min(length + 1, beginning.length), beginning.length);
        nextLine = 2;
        JsonReader json = new JsonReader(name);
        json.begin(headerLine, 0, length, 1);
        header = VectorHeader.read(json);
    }

    public String name() {
        return name;
    }

    public VectorHeader header() {
        return header;
    }

    /** The first line as it stands. */
    byte[] headerLine() {
        return headerLine;
    }

    /** The next cases, some hundred kilobytes of them, or null at the end of the file. */
    public @Nullable VectorLines next() throws IOException {
        if (ended && rest.length == 0) {
            if (failure != null) {
                throw failure;
            }
            return null;
        }
        byte[] bytes = fill(rest);
        int end = bytes.length;
        if (!ended || failure != null) {
            while (end > 0 && bytes[end - 1] != '\n') {
                end--;
            }
        }
        rest = failure == null ? Arrays.copyOfRange(bytes, end, bytes.length) : new byte[0];
        VectorLines lines = new VectorLines(bytes, end, nextLine);
        nextLine += lines.size();
        return lines;
    }

    /**
     * Checks, once all cases are read, that they are as many as the header says.
     *
     * @throws BadVectors when they are not
     */
    public void checkComplete(VectorTally tally) throws BadVectors {
        check(tally, "accesses", header.accesses(), tally.accesses());
        check(tally, "steps", header.steps(), tally.steps());
    }

    private void check(VectorTally tally, String what, long told, long there) throws BadVectors {
        if (tally.cases() != header.cases() || told != there) {
            throw new BadVectors("%s: its header tells of %d cases with %d %s, and there are %d with %d%s"
                    .formatted(
                            name,
                            header.cases(),
                            told,
                            what,
                            tally.cases(),
                            there,
                            tally.cases() < header.cases() ? "; is the file cut short?" : ""));
        }
    }

    /** What was left, and more up to the usual size or the end of a line; {@link #ended} tells that there is no more. */
    private byte[] fill(byte[] beginning) throws IOException {
        byte[] bytes = Arrays.copyOf(beginning, Math.max(USUAL_BYTES, 2 * beginning.length));
        int length = beginning.length;
        boolean whole = false;
        while (!ended && !(whole && length == bytes.length)) {
            if (length == bytes.length) {
                if (length >= LONGEST_LINE) {
                    throw new BadVectors("%s:%d: the line is longer than %d MiB; a case is some kilobytes long"
                            .formatted(name, nextLine, LONGEST_LINE >> 20));
                }
                bytes = Arrays.copyOf(bytes, 2 * length);
            }
            int read = read(bytes, length);
            whole |= indexOfLineEnd(bytes, length, length + read) >= 0;
            length += read;
        }
        return Arrays.copyOf(bytes, length);
    }

    private int read(byte[] bytes, int from) {
        int read = 0;
        try {
            read = content.read(bytes, from, Math.min(bytes.length - from, READ_BYTES));
            ended = read < 0;
        } catch (IOException e) {
            failure = e;
            ended = true;
        }
        return Math.max(0, read);
    }

    private static int indexOfLineEnd(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }
}
