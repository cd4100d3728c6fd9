package org.memvirt.runner.trace;

import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.api.workload.TraceFormat;
import org.memvirt.runner.file.UnpackedFile;
import org.memvirt.runner.plugin.CheckedSource;
import org.memvirt.runner.plugin.Plugin;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.usage.WrongUsage;

/** Opens traces: unpacks the file and finds the format that it is in. */
public final class TraceFiles {
    private static final String KIND = "trace format";

    private final Plugins<TraceFormat> formats;
    private final InputStream standardInput;

    @Inject
    public TraceFiles(Plugins<TraceFormat> formats, InputStream standardInput) {
        this.formats = formats;
        this.standardInput = standardInput;
    }

    /** Whether a trace can be read from its beginning again: standard input, a pipe and a device cannot. */
    public static boolean readsAgain(String path) {
        return !path.equals(UnpackedFile.STANDARD_INPUT) && Files.isRegularFile(Path.of(path));
    }

    /** A path as messages name it. */
    public static String name(String path) {
        return path.equals(UnpackedFile.STANDARD_INPUT) ? "standard input" : path;
    }

    /**
     * Opens a trace.
     *
     * @param path a file, or {@code -} for standard input
     * @param formatName its format, or null to go by its content
     * @param skipBadRecords how many broken records to pass over
     */
    public TraceSource open(String path, @Nullable String formatName, long skipBadRecords) throws IOException {
        Plugin<TraceFormat> named = formatName == null ? null : formats.plugin(formatName);
        UnpackedFile file = UnpackedFile.open(path, standardInput);
        try {
            if (file.beginning.length == 0) {
                throw new BadTrace(file.name + " is empty: it holds no accesses");
            }
            Plugin<TraceFormat> format = named == null ? formats.use(recognized(file)) : named;
            AccessSource source = format.service().open(file.content, file.name, skipBadRecords);
            return new TraceSource(CheckedSource.of(format, KIND, source), file, format.name());
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private Plugin<TraceFormat> recognized(UnpackedFile file) throws BadTrace {
        List<Plugin<TraceFormat>> candidates = formats.all().stream()
                .filter(plugin -> Boolean.TRUE.equals(
                        formats.folder().ask(plugin, format -> format.recognizes(file.beginning.clone()))))
                .toList();
        if (candidates.size() > 1) {
            throw new WrongUsage("%s may be in any of the formats %s; say which with --trace-format"
                    .formatted(file.name, String.join(", ", names(candidates))));
        }
        if (candidates.isEmpty()) {
            throw new BadTrace("%s begins like none of the trace formats %s; if it is one of them, say which with"
                    .formatted(file.name, String.join(", ", names(formats.all())))
                    + " --trace-format");
        }
        return candidates.getFirst();
    }

    private static List<String> names(List<Plugin<TraceFormat>> plugins) {
        return plugins.stream()
                .map(plugin -> plugin.isOfFolder() ? "%s (%s)".formatted(plugin.name(), plugin.origin())
                        : plugin.name())
                .toList();
    }
}
