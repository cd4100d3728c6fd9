package org.memvirt.runner.file;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Packs what is written. After a failure it is closed without telling of that again, as some packers would. */
final class CompressedOutput extends FilterOutputStream {
    private boolean failed;
    private boolean closed;

    CompressedOutput(OutputStream packer) {
        super(packer);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            out.close();
        } catch (IOException e) {
            if (!failed) {
                throw e;
            }
        }
    }
}
