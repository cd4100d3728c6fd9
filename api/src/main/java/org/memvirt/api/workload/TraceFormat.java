package org.memvirt.api.workload;

import java.io.IOException;
import java.io.InputStream;

/** The service by which a trace format is found; a class with a public constructor without parameters. */
public interface TraceFormat {
    /** How many bytes {@link #recognizes} is given, unless the input is shorter. */
    int PROBE_BYTES = 512;

    /** Unique, lower-case: what {@code --trace-format} takes. */
    String name();

    /** One line for people. */
    String description();

    /** Whether {@code beginning}, the first bytes of an input after decompression, look like this format. */
    boolean recognizes(byte[] beginning);

    /**
     * Opens a trace for reading; the source closes {@code input}.
     *
     * @param name the input's name, for messages
     * @param skipBadRecords how many broken lines or records to pass over before giving up
     */
    AccessSource open(InputStream input, String name, long skipBadRecords) throws IOException;
}
