package org.memvirt.runner.trace;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.TraceFormat;

/**
 * The text that valgrind's lackey tool writes with {@code --trace-mem=yes}: a line an access, {@code I  addr,size} for a
 * fetch, {@code  L}, {@code  S} and {@code  M} for load, store and modify; the address in hex, the size in decimal.
 */
public final class LackeyFormat implements TraceFormat {
    /** What valgrind says itself stands on lines that begin so. */
    static final Pattern VALGRIND_LINE = Pattern.compile("(==|--|\\*\\*)\\d+\\1.*", Pattern.DOTALL);

    static final Pattern ACCESS_LINE = Pattern.compile("(I {2}| [LSM] )([0-9a-fA-F]{1,16}),([0-9]{1,9})\r?");

    @Override
    public String name() {
        return "lackey";
    }

    @Override
    public String description() {
        return "text of valgrind --tool=lackey --trace-mem=yes";
    }

    @Override
    public boolean recognizes(byte[] beginning) {
        String[] lines = new String(beginning, StandardCharsets.ISO_8859_1).split("\n", -1);
        // The last line of the probe may be cut.
        for (int i = 0; i < Math.max(1, lines.length - 1); i++) {
            if (ACCESS_LINE.matcher(lines[i]).matches()
                    || VALGRIND_LINE.matcher(lines[i]).matches()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public AccessSource open(InputStream input, String name, long skipBadRecords) {
        return new LackeySource(input, name, skipBadRecords);
    }
}
