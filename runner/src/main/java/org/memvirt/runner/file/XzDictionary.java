package org.memvirt.runner.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/**
 * The dictionary that unpacking an {@code .xz} file takes: no more than its content, where the file asks for more.
 * {@code xz -9} asks for 64 MiB whatever the file's size, and so much fresh memory takes longer to get than some
 * megabytes to unpack.
 *
 * <p>Source: The .xz File Format 1.2.1, sections 1.2, 2.1, 3.1, 4, 5.3.1. Files of several blocks or streams, or with
 * other filters than LZMA2, stay as they are.
 */
final class XzDictionary {
    /** As much of a file's end as {@link #fit} wants: the footer and the index of one block. */
    static final int ENDING_BYTES = 64;

    /** The stream header's length, and the footer's. */
    private static final int FRAME_BYTES = 12;

    private static final int CHECKSUM_BYTES = Integer.BYTES;
    /** Sizes of headers and of the index are told in these. */
    private static final int WORD_BYTES = 4;

    private static final int LZMA2 = 0x21;
    private static final int SEVERAL_FILTERS = 0x03;
    private static final int HAS_COMPRESSED_SIZE = 0x40;
    private static final int HAS_UNCOMPRESSED_SIZE = 0x80;
    private static final int LONGEST_NUMBER = 9;
    private static final int LARGEST_CODE = 40;
    private static final long UNKNOWN = -1;

    private XzDictionary() {}

    /**
     * Lowers the size of the dictionary that the block's header asks for to what the index says that the block unpacks
     * into. What is damaged stays as it is, for the decoder to find.
     *
     * @param beginning the file's first bytes, changed in place
     * @param ending its last bytes
     * @param fileBytes how long it is
     */
    static void fit(byte[] beginning, byte[] ending, long fileBytes) {
        long content = contentOfOnlyBlock(ending, fileBytes);
        if (content == UNKNOWN || beginning.length <= FRAME_BYTES || beginning[FRAME_BYTES] == 0) {
            return;
        }
        int headerBytes = ((beginning[FRAME_BYTES] & 0xff) + 1) * WORD_BYTES;
        if (FRAME_BYTES + headerBytes > beginning.length || !isSound(beginning, FRAME_BYTES, headerBytes)) {
            return;
        }
        ByteBuffer header = littleEndian(beginning, FRAME_BYTES, headerBytes - CHECKSUM_BYTES);
        header.get();
        int flags = header.get();
        if ((flags & HAS_COMPRESSED_SIZE) != 0) {
            number(header);
        }
        if ((flags & HAS_UNCOMPRESSED_SIZE) != 0) {
            number(header);
        }
        if ((flags & SEVERAL_FILTERS) != 0 || number(header) != LZMA2 || number(header) != 1) {
            return;
        }
        int at = header.position();
        int enough = 0;
        while (enough < LARGEST_CODE && dictionaryBytes(enough) < content) {
            enough++;
        }
        if (at < header.limit() && enough < beginning[at] && beginning[at] <= LARGEST_CODE) {
            beginning[at] = (byte) enough;
            littleEndian(beginning, 0, beginning.length)
                    .putInt(
                            FRAME_BYTES + headerBytes - CHECKSUM_BYTES,
                            (int) checksum(beginning, FRAME_BYTES, headerBytes - CHECKSUM_BYTES));
        }
    }

    /** What the file's only block unpacks into, or {@link #UNKNOWN} if it is not certain that it has just one. */
    private static long contentOfOnlyBlock(byte[] ending, long fileBytes) {
        int footer = ending.length - FRAME_BYTES;
        if (footer < 0 || ending[ending.length - 2] != 'Y' || ending[ending.length - 1] != 'Z') {
            return UNKNOWN;
        }
        int indexWords = littleEndian(ending, 0, ending.length).getInt(footer + CHECKSUM_BYTES);
        long indexBytes = (Integer.toUnsignedLong(indexWords) + 1) * WORD_BYTES;
        if (indexBytes <= CHECKSUM_BYTES
                || indexBytes > footer
                || !isSound(ending, (int) (footer - indexBytes), (int) indexBytes)) {
            return UNKNOWN;
        }
        ByteBuffer index =
                littleEndian(ending, (int) (footer - indexBytes), (int) indexBytes - CHECKSUM_BYTES);
        boolean one = index.get() == 0 && number(index) == 1;
        long blockBytes = number(index);
        long content = number(index);
        long padded = blockBytes + WORD_BYTES - 1 & -WORD_BYTES;
        return one && FRAME_BYTES + padded + indexBytes + FRAME_BYTES == fileBytes ? content : UNKNOWN;
    }

    private static long dictionaryBytes(int code) {
        return code == LARGEST_CODE ? 0xffff_ffffL : (2L | code & 1) << code / 2 + 11;
    }

    /** A number in groups of seven bits, the lowest first (section 1.2), or {@link #UNKNOWN} if it does not end. */
    private static long number(ByteBuffer bytes) {
        long number = 0;
        for (int i = 0; i < LONGEST_NUMBER && bytes.hasRemaining(); i++) {
            byte group = bytes.get();
            number |= (group & 0x7fL) << 7 * i;
            if (group >= 0) {
                return number;
            }
        }
        return UNKNOWN;
    }

    private static boolean isSound(byte[] bytes, int from, int length) {
        int checked = length - CHECKSUM_BYTES;
        return (int) checksum(bytes, from, checked)
                == littleEndian(bytes, 0, bytes.length).getInt(from + checked);
    }

    private static long checksum(byte[] bytes, int from, int length) {
        CRC32 checksum = new CRC32();
        checksum.update(bytes, from, length);
        return checksum.getValue();
    }

    private static ByteBuffer littleEndian(byte[] bytes, int from, int length) {
        return ByteBuffer.wrap(bytes, from, length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
