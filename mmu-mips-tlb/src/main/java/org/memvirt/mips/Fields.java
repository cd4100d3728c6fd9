package org.memvirt.mips;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a step, of an entry or of a configuration, by name; text as {@link org.memvirt.api.architecture.RecordedStep} has it. */
final class Fields {
    private final String owner;
    private final Map<String, String> texts;

    /** @param owner whose fields they are, for messages: {@code "tlbwi"} */
    Fields(String owner, Map<String, String> texts) {
        this.owner = owner;
        this.texts = texts;
    }

    boolean has(String name) {
        return texts.containsKey(name);
    }

    @Nullable String textOrNull(String name) {
        return texts.get(name);
    }

    /** A number that must be there. */
    long number(String name) {
        String text = texts.get(name);
        if (text == null) {
            throw new IllegalArgumentException("%s has no '%s'".formatted(owner, name));
        }
        return number(name, text);
    }

    /** A number, or what it is if it is not there. */
    long number(String name, long otherwise) {
        String text = texts.get(name);
        return text == null ? otherwise : number(name, text);
    }

    /** An index, or another number that must be there and be small: 0 to {@code most}. */
    int index(String name, int most) {
        long number = number(name);
        if (number < 0 || number > most) {
            throw new IllegalArgumentException(
                    "%s: %s is 0 to %d, not %s".formatted(owner, name, most, texts.get(name)));
        }
        return (int) number;
    }

    /** Whether it is there and true. */
    boolean isTrue(String name) {
        String text = texts.get(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.equals("true")) {
            return true;
        }
        throw new IllegalArgumentException("%s: %s is true or false, not '%s'".formatted(owner, name, text));
    }

    private long number(String name, String text) {
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text, 2, text.length(), 16) : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "%s: %s='%s' is no number; write decimal, or hexadecimal after 0x".formatted(owner, name, text),
                    e);
        }
    }
}
