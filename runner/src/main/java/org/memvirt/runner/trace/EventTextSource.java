package org.memvirt.runner.trace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;

/** Reads memvirt's text. Blank lines are passed over, and what follows a {@code #}. */
final class EventTextSource extends LenientSource {
    private static final long PAGE = 4096;
    private static final int LONGEST_LINE = 1000;

    private final BufferedReader reader;
    // The current line without its comment.
    private final StringBuilder said = new StringBuilder();
    private long line;
    // What was read and did not go into the last batch.
    private @Nullable GuestEvent event;
    private long address;
    private int kind;
    private long left;
    private @Nullable IOException failure;

    EventTextSource(InputStream input, String name, long mayBeBad) {
        super(input, name, mayBeBad);
        reader = new BufferedReader(new InputStreamReader(input, StandardCharsets.ISO_8859_1));
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        batch.clear();
        if (failure != null) {
            throw failure;
        }
        try {
            do {
                give(batch);
            } while (!batch.isFull() && event == null && nextLine());
        } catch (IOException e) {
            if (batch.isEmpty()) {
                throw e;
            }
            failure = e; // What came before is given first.
        }
        return !batch.isEmpty();
    }

    /** Gives what the last line said, as far as there is room; an event that comes after accesses waits. */
    private void give(AccessBatch batch) {
        GuestEvent waiting = event;
        if (waiting != null && batch.length == 0) {
            batch.add(waiting);
            event = null;
        }
        while (left > 0 && !batch.isFull()) {
            batch.add(address, kind);
            long within = PAGE - (address & PAGE - 1);
            address += within;
            left = Math.max(0, left - within);
        }
    }

    private boolean nextLine() throws IOException {
        while (readLine()) {
            line++;
            String words = said.toString().strip();
            if (words.isEmpty()) {
                continue;
            }
            try {
                parse(words);
                return true;
            } catch (IllegalArgumentException e) {
                passOver("%s, line %d: %s".formatted(name, line, e.getMessage()));
            }
        }
        return false;
    }

    /** Reads the next line up to its comment; whether there was one. Of a line that is too long, only the beginning is kept. */
    private boolean readLine() throws IOException {
        said.setLength(0);
        int letter = reader.read();
        if (letter < 0) {
            return false;
        }
        boolean isComment = false;
        for (; letter >= 0 && letter != '\n'; letter = reader.read()) {
            isComment |= letter == '#';
            if (!isComment && said.length() <= LONGEST_LINE) {
                said.append((char) letter);
            }
        }
        return true;
    }

    private void parse(String text) {
        if (text.length() > LONGEST_LINE) {
            throw new IllegalArgumentException("a line of more than %d characters".formatted(LONGEST_LINE));
        }
        String[] words = text.split("\\s+");
        int rights = EventText.rights(words[0]);
        if (rights <= 0) {
            event = EventText.event(words);
            return;
        }
        if (!Rights.areOfOneAccess(rights)) {
            throw new IllegalArgumentException(
                    "no access needs '%s': it is r, w, x or rw, or one of these after k".formatted(words[0]));
        }
        if (words.length < 2 || words.length > 3) {
            throw new IllegalArgumentException(
                    "an access is written '%s ADDRESS' or '%s ADDRESS SIZE'".formatted(words[0], words[0]));
        }
        long size = words.length == 3 ? EventText.numberOf("size", words[2]) : 1;
        if (size < 1 || size > PAGE) {
            throw new IllegalArgumentException("an access has 1 to %d bytes, not %d".formatted(PAGE, size));
        }
        address = EventText.numberOf(EventText.ADDRESS, words[1]);
        kind = rights;
        left = size;
    }

    @Override
    public String place() {
        return "line " + line;
    }
}
