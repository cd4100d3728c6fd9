package org.memvirt.runner.command;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.conform.BadVectors;
import org.memvirt.engine.InputRefused;
import org.memvirt.runner.file.ClosedPipe;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.Quoted;
import org.memvirt.runner.usage.WrongUsage;

/** What a command's exit status means, and which failure has which. */
public final class ExitStatus {
    public static final int DONE = 0;
    public static final int CHECK_FAILED = 1;
    public static final int WRONG_USAGE = 2;
    public static final int BAD_INPUT = 3;
    public static final int INTERNAL = 4;
    public static final int INTERRUPTED = 130;

    /** As a process ends that gets SIGPIPE: 128 and its number. */
    public static final int CLOSED_PIPE = 141;

    private ExitStatus() {}

    static int of(Throwable failure) {
        return switch (failure) {
            case ClosedPipe _ -> CLOSED_PIPE;
            case BadTrace _, BadVectors _, BadInput _, InputRefused _ -> BAD_INPUT;
            case WrongUsage _, VmRefused _, TableFrames.OutOfMemory _, InvalidPathException _, IOException _ ->
                    WRONG_USAGE;
            case VmStopped _ -> CHECK_FAILED;
            default -> INTERNAL;
        };
    }

    /** What went wrong and what to do, for all but internal errors. */
    static String message(Throwable failure) {
        return Quoted.fit(text(failure));
    }

    private static String text(Throwable failure) {
        String message = failure.getMessage();
        return switch (failure) {
            case InvalidPathException invalid -> FileNames.refusal(invalid);
            case NoSuchFileException missing ->
                    missing.getReason() == null
                            ? missing.getFile() + ": there is no such file" + FileNames.doubt(missing.getFile())
                            : missing.getFile() + ": " + missing.getReason();
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileSystemException other -> other.getFile() + ": " + other.getReason();
            case TableFrames.OutOfMemory _ -> message + "; give more with --guest-memory or --host-memory";
            case VmStopped _ -> "the VMM stopped the VM: " + message;
            default -> message == null ? failure.getClass().getSimpleName() : message;
        };
    }
}
