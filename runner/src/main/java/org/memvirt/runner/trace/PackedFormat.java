package org.memvirt.runner.trace;

import java.io.InputStream;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.TraceFormat;

/** A word an access in {@link RecordLayout#PACKED} and nothing else; without a mark of its own, so it must be asked for. */
public final class PackedFormat implements TraceFormat {
    @Override
    public String name() {
        return "packed";
    }

    @Override
    public String description() {
        return "8 bytes an access without a header, for the comparison with C programs; only when asked for";
    }

    @Override
    public boolean recognizes(byte[] beginning) {
        return false;
    }

    @Override
    public AccessSource open(InputStream input, String name, long skipBadRecords) {
        return new RecordSource(input, name, RecordLayout.PACKED, 0, RecordSource.UNKNOWN, skipBadRecords);
    }
}
