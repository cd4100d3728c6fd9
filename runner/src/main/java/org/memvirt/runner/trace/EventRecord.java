package org.memvirt.runner.trace;

import java.util.Objects;
import org.memvirt.api.access.GuestEvent;

/**
 * An event among the words of a trace of version 2. A word whose top six bits are 0, the rights of no access, begins one: bits 0
 * to 7 are the number of its kind, bits 8 to 15 how many words follow, its operands, and all others are 0.
 */
final class EventRecord {
    private EventRecord() {}

    /** The kind and the number of operands of the event that a word begins. */
    static EventCode code(long word) throws Unsound {
        EventCode code = EventCode.of(word & 0xff);
        if (code == null) {
            throw new Unsound("%#018x begins no event: there is none of number %d".formatted(word, word & 0xff));
        }
        if (word != first(code)) {
            throw new Unsound("%#018x begins an event '%s', which is written %#018x"
                    .formatted(word, code.word(), first(code)));
        }
        return code;
    }

    /** The word that begins an event. */
    static long first(EventCode code) {
        return (long) code.names().length << 8 | code.number();
    }

    /** All words of an event. */
    static long[] of(GuestEvent event) {
        EventCode code = EventCode.of(event);
        long[] operands = Objects.requireNonNull(code.operands(event));
        long[] words = new long[1 + operands.length];
        words[0] = first(code);
        System.arraycopy(operands, 0, words, 1, operands.length);
        return words;
    }

    /** The event of a kind with the operands in {@code words}. */
    static GuestEvent event(EventCode code, long[] words) throws Unsound {
        try {
            return code.event(words);
        } catch (IllegalArgumentException e) {
            throw new Unsound("event '%s': %s".formatted(code.word(), e.getMessage()));
        }
    }

    /** What a word says is no event. */
    static final class Unsound extends Exception {
        private static final long serialVersionUID = 1;

        Unsound(String message) {
            super(message);
        }
    }
}
