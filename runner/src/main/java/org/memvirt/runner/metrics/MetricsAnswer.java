package org.memvirt.runner.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The answer to one request; RFC 9112. Each is the last of its connection. */
final class MetricsAnswer {
    static final String PATH = "/metrics";

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String PLAIN_TEXT = "text/plain; charset=utf-8";
    private static final int LONGEST_HEAD = 1 << 14;
    private static final int MOST_DRAINED = 1 << 20;

    private static final Pattern REQUEST =
            Pattern.compile(
                    "([!#$%&'*+.^_`|~0-9A-Za-z-]+) (?:[a-z]+://[^/ ]*)?(/[^ ?#]*)(?:\\?[^ #]*)?(?:#[^ ]*)? HTTP/1\\.\\d");
    private static final Pattern BAD_ESCAPE = Pattern.compile("%(?![0-9a-fA-F]{2})");

    private final MachineMetrics metrics;

    MetricsAnswer(MachineMetrics metrics) {
        this.metrics = metrics;
    }

    /** Reads one request, answers it and closes the connection; that ends early when somebody else closes it. */
    void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            byte[] head = head(in);
            if (head.length == 0) {
                return;
            }
            socket.getOutputStream().write(response(head));
            socket.shutdownOutput();
            // What is left unread when a connection is closed would take the answer from the client.
            in.skipNBytes(MOST_DRAINED);
        } catch (IOException e) {
            // The client has gone, or was too slow: nobody is there to be told.
        }
    }

    static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone in any case.
        }
    }

    /** The request up to the first blank line, or the end, or more than can be one. */
    private static byte[] head(InputStream in) throws IOException {
        byte[] head = new byte[LONGEST_HEAD + 1];
        int length = 0;
        while (length < head.length) {
            int read = in.read(head, length, head.length - length);
            if (read < 0) {
                break;
            }
            length += read;
            String text = new String(head, 0, length, StandardCharsets.ISO_8859_1);
            if (text.strip().length() > 0 && (text.contains("\r\n\r\n") || text.contains("\n\n"))) {
                break;
            }
        }
        return Arrays.copyOf(head, length);
    }

    private byte[] response(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        String line = text.stripLeading().lines().findFirst().orElse("");
        Matcher request = REQUEST.matcher(line);
        boolean matches = request.matches();
        boolean bodyless = matches && request.group(1).equals("HEAD");
        if (head.length > LONGEST_HEAD) {
            return response("431 Request Header Fields Too Large", "", PLAIN_TEXT, "The request is too long.\n", false);
        }
        if (!matches || BAD_ESCAPE.matcher(request.group(2)).find()) {
            return response("400 Bad Request", "", PLAIN_TEXT, "This is no request for " + PATH + ".\n", bodyless);
        }
        if (!request.group(2).equals(PATH)) {
            return response("404 Not Found", "", PLAIN_TEXT, "The metrics are at " + PATH + ".\n", bodyless);
        }
        if (!bodyless && !request.group(1).equals("GET")) {
            return response("405 Method Not Allowed", "Allow: GET, HEAD\r\n", PLAIN_TEXT, "Only GET and HEAD.\n",
                    false);
        }
        return response("200 OK", "", PROMETHEUS_TEXT, metrics.text(), bodyless);
    }

    private static byte[] response(String status, String more, String type, String text, boolean bodyless) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        byte[] head = "HTTP/1.1 %s\r\n%sContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                .formatted(status, more, type, body.length)
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] whole = Arrays.copyOf(head, head.length + (bodyless ? 0 : body.length));
        System.arraycopy(body, 0, whole, head.length, whole.length - head.length);
        return whole;
    }
}
