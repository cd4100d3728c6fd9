package org.memvirt.runner.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;

/** Writes memvirt's text: a line an access or an event. */
final class EventTextWriter extends TraceWriter {
    private final OutputStream output;

    EventTextWriter(OutputStream output) throws IOException {
        super("text");
        this.output = output;
        write(EventText.BEGINNING + ": rights and address of an access, or an event\n");
    }

    @Override
    void append(AccessBatch batch) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < batch.length; i++) {
            lines.append(EventText.kind(batch.kinds[i]))
                    .append(" 0x")
                    .append(Long.toHexString(batch.addresses[i]))
                    .append('\n');
        }
        write(lines.toString());
    }

    @Override
    void append(GuestEvent event) throws IOException {
        write(EventText.line(event) + "\n");
    }

    private void write(String text) throws IOException {
        output.write(text.getBytes(StandardCharsets.US_ASCII));
    }
}
