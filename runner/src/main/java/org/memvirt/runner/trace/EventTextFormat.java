package org.memvirt.runner.trace;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.TraceFormat;

/** memvirt's text, which can be written by hand: a line an access or an event. */
public final class EventTextFormat implements TraceFormat {
    @Override
    public String name() {
        return "text";
    }

    @Override
    public String description() {
        return "memvirt's text, for writing by hand: a line an access or an event";
    }

    @Override
    public boolean recognizes(byte[] beginning) {
        return new String(beginning, StandardCharsets.ISO_8859_1).startsWith(EventText.BEGINNING);
    }

    @Override
    public AccessSource open(InputStream input, String name, long skipBadRecords) {
        return new EventTextSource(input, name, skipBadRecords);
    }
}
