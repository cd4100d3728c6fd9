package org.memvirt.runner.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;

/** Copies a stream to a file and leaves out what is zero, so that a file system which can keeps no room for it. */
final class SparseCopy {
    private static final int BLOCK_BYTES = 1 << 16;

    private SparseCopy() {}

    /**
     * @param target an empty file
     * @param name of that file, for messages
     * @throws FileSystemException when it cannot be written
     */
    static void copy(InputStream source, FileChannel target, Path name) throws IOException {
        byte[] block = new byte[BLOCK_BYTES];
        byte[] zero = new byte[BLOCK_BYTES];
        long position = 0;
        boolean written = true;
        while (true) {
            int length = source.readNBytes(block, 0, BLOCK_BYTES);
            if (length == 0) {
                break;
            }
            written = !Arrays.equals(block, 0, length, zero, 0, length);
            if (written) {
                write(target, name, ByteBuffer.wrap(block, 0, length), position);
            }
            position += length;
        }
        if (!written) {
            write(target, name, ByteBuffer.allocate(1), position - 1);
        }
    }

    private static void write(FileChannel target, Path name, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        try {
            while (bytes.hasRemaining()) {
                at += target.write(bytes, at);
            }
        } catch (IOException e) {
            FileSystemException failure = new FileSystemException(
                    name.toString(), null, "to unpack the image there failed: " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }
}
