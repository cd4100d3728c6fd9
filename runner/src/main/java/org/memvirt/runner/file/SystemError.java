package org.memvirt.runner.file;

import java.io.IOException;

/** What the operating system says when a file cannot be read or written, in words that name what is the matter. */
final class SystemError {
    private SystemError() {}

    static String words(IOException failure) {
        String message = failure.getMessage();
        if (message == null) {
            return "its device gives no reason";
        }
        return switch (message) {
            case "Bad file descriptor" -> "it is closed";
            case "No space left on device" -> "no space is left on its device";
            default -> Character.toLowerCase(message.charAt(0)) + message.substring(1);
        };
    }
}
