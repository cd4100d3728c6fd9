package org.memvirt.runner.trace;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.runner.file.UnpackedFile;

/** A trace that is being read: the source of its format, and what the runner knows beside it. */
public final class TraceSource implements Placed {
    private final AccessSource source;
    private final UnpackedFile file;
    private final String format;
    private boolean holdsAccesses;

    TraceSource(AccessSource source, UnpackedFile file, String format) {
        this.source = source;
        this.file = file;
        this.format = format;
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        boolean filled = source.fill(batch);
        if (!filled && !holdsAccesses) {
            throw new BadTrace(file.name + " holds no accesses");
        }
        holdsAccesses |= filled;
        return filled;
    }

    /** Its format's name. */
    public String format() {
        return format;
    }

    /** What the file was compressed with: {@code xz}, {@code gzip}, {@code zstd}, or null. */
    public @Nullable String compression() {
        return file.compression == null ? null : file.compression.toString();
    }

    /** How many broken records were passed over so far. */
    public long skipped() {
        return source instanceof LenientSource lenient ? lenient.skipped() : 0;
    }

    /** What was wrong with the first of those, or null when there was none, or the format does not tell. */
    public @Nullable String firstSkipped() {
        return source instanceof LenientSource lenient ? lenient.firstSkipped() : null;
    }

    @Override
    public String place() {
        return source instanceof Placed placed ? file.name + ", " + placed.place() : file.name;
    }

    @Override
    public double progress() {
        return file.progress();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
