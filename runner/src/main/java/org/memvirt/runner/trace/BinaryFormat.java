package org.memvirt.runner.trace;

import java.io.IOException;
import java.io.InputStream;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.TraceFormat;

/** memvirt's own format: a {@link BinaryHeader}, then a word an access in {@link RecordLayout#BINARY}, and events among them. */
public final class BinaryFormat implements TraceFormat {
    @Override
    public String name() {
        return "binary";
    }

    @Override
    public String description() {
        return "memvirt's own: 64 bytes of header, then 8 bytes an access; events among them";
    }

    @Override
    public boolean recognizes(byte[] beginning) {
        return BinaryHeader.begins(beginning);
    }

    @Override
    public AccessSource open(InputStream input, String name, long skipBadRecords) throws IOException {
        BinaryHeader.Contents header = BinaryHeader.read(input.readNBytes(BinaryHeader.BYTES), name);
        return header.version() == BinaryHeader.EVENTS
                ? new EventfulSource(input, name, BinaryHeader.BYTES, header.records(), skipBadRecords)
                : new RecordSource(
                        input, name, RecordLayout.BINARY, BinaryHeader.BYTES, header.records(), skipBadRecords);
    }
}
