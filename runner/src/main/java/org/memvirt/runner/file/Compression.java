package org.memvirt.runner.file;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/** A way of compressing files, told by the first bytes when read and by the file's name when written. */
public enum Compression {
    XZ(".xz", 0xfd, '7', 'z', 'X', 'Z', 0) {
        @Override
        public InputStream decompress(InputStream input) throws IOException {
            // The dictionary, up to 64 MiB, is used again by the next file.
            return new XZInputStream(input, BasicArrayCache.getInstance());
        }

        @Override
        OutputStream packer(OutputStream output) throws IOException {
            return new XZOutputStream(output, new LZMA2Options());
        }
    },
    GZIP(".gz", 0x1f, 0x8b) {
        @Override
        public InputStream decompress(InputStream input) throws IOException {
            return new GzipMembers(input, BUFFER);
        }

        @Override
        OutputStream packer(OutputStream output) throws IOException {
            return new GZIPOutputStream(output, BUFFER);
        }
    },
    ZSTD(".zst", 0x28, 0xb5, 0x2f, 0xfd) {
        @Override
        public InputStream decompress(InputStream input) throws IOException {
            return Zstd.input(input);
        }

        @Override
        OutputStream packer(OutputStream output) throws IOException {
            return Zstd.output(output);
        }
    };

    private static final int BUFFER = 1 << 16;

    /** Zstandard, whose library is unpacked into the temporary directory when it is first used. */
    private static final class Zstd {
        static InputStream input(InputStream input) throws IOException {
            try {
                return new ZstdInputStream(input);
            } catch (LinkageError e) {
                throw unusable(e);
            }
        }

        static OutputStream output(OutputStream output) throws IOException {
            try {
                return new ZstdOutputStream(output);
            } catch (LinkageError e) {
                throw unusable(e);
            }
        }

        private static IOException unusable(LinkageError why) {
            return new IOException("zstd cannot be used: its library cannot be unpacked into %s (%s); name another"
                    .formatted(System.getProperty("java.io.tmpdir"), why.getMessage())
                    + " directory, with MEMVIRT_JAVA_OPTS=-Djava.io.tmpdir=DIR", why);
        }
    }

    private final String suffix;
    private final int[] magic;

    Compression(String suffix, int... magic) {
        this.suffix = suffix;
        this.magic = magic;
    }

    /** What {@code beginning} was compressed with, or null when it does not look compressed. */
    public static @Nullable Compression of(byte[] beginning) {
        for (Compression compression : values()) {
            if (compression.begins(beginning)) {
                return compression;
            }
        }
        return null;
    }

    /** What a file of this name is to be compressed with, or null for nothing. */
    public static @Nullable Compression ofName(String name) {
        for (Compression compression : values()) {
            if (name.toLowerCase(Locale.ROOT).endsWith(compression.suffix)) {
                return compression;
            }
        }
        return null;
    }

    private boolean begins(byte[] beginning) {
        if (beginning.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((beginning[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /** What unpacks {@code input}. */
    public abstract InputStream decompress(InputStream input) throws IOException;

    /** What packs all that is written and passes it to {@code output}. */
    public final OutputStream compress(OutputStream output) throws IOException {
        return new CompressedOutput(packer(output));
    }

    abstract OutputStream packer(OutputStream output) throws IOException;

    /** The word for people. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
