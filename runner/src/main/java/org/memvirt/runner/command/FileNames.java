package org.memvirt.runner.command;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.TypeConversionException;

/** What is said of file names that did not come through as they were typed. */
final class FileNames {
    /** Stands where bytes were no letter of the locale's. */
    private static final char LOST = '\ufffd';

    private FileNames() {}

    /** Reads the name of a file that an option gives. */
    static Path parse(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw (TypeConversionException) new TypeConversionException(refusal(e)).initCause(e);
        }
    }

    /** Why a name cannot be one, and what to do. */
    static String refusal(InvalidPathException invalid) {
        String name = invalid.getInput();
        if (name.indexOf(0) >= 0) {
            return "'%s': a file name holds no NUL character".formatted(name);
        }
        return "'%s': %s".formatted(name, advice());
    }

    /** An addition to a message that there is no file of a name; empty where the name is beyond doubt. */
    static String doubt(String name) {
        return name.indexOf(LOST) < 0 ? "" : "; " + advice();
    }

    private static String advice() {
        String letters = System.getProperty("sun.jnu.encoding", "unknown");
        return "the name has letters that the locale's character set, %s, does not; set LC_ALL to %s, or rename the file"
                .formatted(
                        letters,
                        letters.equals("UTF-8") ? "the locale in which it was named" : "one that has, such as C.UTF-8");
    }
}
