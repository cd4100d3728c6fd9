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
    /**
     * Lines that valgrind writes beside those of accesses: its messages, which begin with the process's number between marks
     * and with {@code --time-stamp=yes} with the time, the superblocks of {@code --trace-superblocks=yes}, and the system
     * calls of {@code --trace-syscalls=yes}.
     */
    static final Pattern OTHER_LINE = Pattern.compile(
            ">*(==|--|\\*\\*)(\\d{2,}(:\\d\\d){3}\\.\\d{3} )?\\d+(\\1|:\\d:).*|SB [0-9a-fA-F]{1,16}\r?|SYSCALL\\[\\d+,\\d+].*",
            Pattern.DOTALL);

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
                    || OTHER_LINE.matcher(lines[i]).matches()) {
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
