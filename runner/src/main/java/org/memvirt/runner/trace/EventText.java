package org.memvirt.runner.trace;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Sizes;

/** The words of a trace in text form. */
final class EventText {
    /** How a trace in text form begins. */
    static final String BEGINNING = "# memvirt trace";

    /** What the first word after an access's rights is called. */
    static final String ADDRESS = "address";

    private static final String START = "start";
    private static final int MOST_DIGIT = 9;
    private static final int MOST_DECIMAL = 4095;
    private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]+");
    private static final Pattern SEVERAL_DIGITS = Pattern.compile("[0-9]{2,}");
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

    /**
     * A whole number, a size such as {@code 64K}, or a number in hex that begins with {@code 0x}. Digits alone are no address, for
     * they may be hexadecimal.
     */
    static long numberOf(String name, String word) {
        boolean isAddress = name.equals(ADDRESS) || name.equals(START);
        if (isAddress && SEVERAL_DIGITS.matcher(word).matches()) {
            throw new IllegalArgumentException("%s '%s' is no address: write it in hex after 0x".formatted(name, word));
        }
        try {
            return HEX.matcher(word).matches() ? Long.parseUnsignedLong(word, 2, word.length(), 16) : Sizes.parse(word);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "%s '%s' is no number: %s0x1000 or 4K".formatted(name, word, isAddress ? "" : "4096, "), e);
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
                long most = code.names()[i].equals(START) ? MOST_DIGIT : MOST_DECIMAL;
                line.add(operands[i] >= 0 && operands[i] <= most
                        ? Long.toString(operands[i])
                        : "0x" + Long.toHexString(operands[i]).toLowerCase(Locale.ROOT));
            }
        }
        return line.toString();
    }
}
