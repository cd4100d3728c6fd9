package org.memvirt.runner.trace;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.StringJoiner;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Sizes;

/** The words of a trace in text form. */
final class EventText {
    /** How a trace in text form begins. */
    static final String BEGINNING = "# memvirt trace";

    private static final String RIGHTS = "rwx";
    private static final String SUPERVISOR = "k";

    private EventText() {}

    /** What an access needs, as a line begins with it: {@code r}, {@code w}, {@code x}, {@code rw}; {@code kr} of the kernel. */
    static String kind(int rights) {
        boolean supervisor = (rights & Rights.SUPERVISOR) != 0;
        return (supervisor ? SUPERVISOR : "") + letters(supervisor ? rights >>> Rights.SUPERVISOR_SHIFT : rights);
    }

    private static String letters(int rights) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < RIGHTS.length(); bit++) {
            if ((rights >>> bit & 1) != 0) {
                text.append(RIGHTS.charAt(bit));
            }
        }
        return text.toString();
    }

    /** The rights that a word names, or -1 if it names none. */
    static int rights(String word) {
        boolean supervisor = word.startsWith(SUPERVISOR);
        int rights = 0;
        for (char letter : (supervisor ? word.substring(1) : word).toCharArray()) {
            int bit = RIGHTS.indexOf(letter);
            if (bit < 0 || (rights >>> bit & 1) != 0) {
                return -1;
            }
            rights |= 1 << bit;
        }
        return supervisor ? rights << Rights.SUPERVISOR_SHIFT : rights;
    }

    /** A whole number, a size such as {@code 64K}, or a number in hex that begins with {@code 0x}. */
    static long number(String word) {
        if (word.startsWith("0x")) {
            return Long.parseUnsignedLong(word, 2, word.length(), 16);
        }
        return Sizes.parse(word);
    }

    /**
     * The event that the words of a line say.
     *
     * @throws IllegalArgumentException when they say none
     */
    static GuestEvent event(String[] words) {
        EventCode code = Arrays.stream(EventCode.values())
                .filter(each -> each.word().equals(words[0]))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "'%s' begins neither an access (r, w, x, rw; kr and so on) nor an event (%s)"
                                .formatted(words[0], String.join(", ", Arrays.stream(EventCode.values())
                                        .map(EventCode::word)
                                        .toList()))));
        String[] names = code.names();
        if (words.length != 1 + names.length) {
            throw new IllegalArgumentException("'%s' has %d words after it, and takes %s"
                    .formatted(words[0], words.length - 1,
                            names.length == 0 ? "none" : "these: " + String.join(" ", names)));
        }
        long[] operands = new long[names.length];
        for (int i = 0; i < names.length; i++) {
            operands[i] = code.isRights(i) ? rightsOf(words[i + 1]) : numberOf(names[i], words[i + 1]);
        }
        return code.event(operands);
    }

    private static long rightsOf(String word) {
        int rights = word.equals("-") ? Rights.NONE : rights(word);
        if (rights < 0) {
            throw new IllegalArgumentException("'%s' are no rights: some of r, w and x, or -".formatted(word));
        }
        return rights;
    }

    static long numberOf(String name, String word) {
        try {
            return number(word);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "%s '%s' is no number: 4096, 0x1000 or 4K".formatted(name, word), e);
        }
    }

    /** The line of an event, without its end. */
    static String line(GuestEvent event) {
        EventCode code = EventCode.of(event);
        long[] operands = Objects.requireNonNull(code.operands(event));
        StringJoiner line = new StringJoiner(" ").add(code.word());
        for (int i = 0; i < operands.length; i++) {
            if (code.isRights(i)) {
                line.add(operands[i] == Rights.NONE ? "-" : kind((int) operands[i]));
            } else {
                line.add(operands[i] >>> 12 == 0
                        ? Long.toString(operands[i])
                        : "0x" + Long.toHexString(operands[i]).toLowerCase(Locale.ROOT));
            }
        }
        return line.toString();
    }
}
