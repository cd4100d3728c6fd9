package org.memvirt.runner.usage;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Messages that quote what came from outside, made fit for a terminal: no control characters, and none of it too long. */
public final class Quoted {
    private static final int LONGEST = 200;
    private static final int BEGINNING = 120;
    private static final int END = 60;
    private static final int LONGEST_MESSAGE = 1500;

    private static final Pattern LINE_END = Pattern.compile("\\s*\\R\\s*");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\x{2028}\\x{2029}]");
    private static final Pattern LONG_QUOTE = Pattern.compile("'[^']{%d,}'".formatted(LONGEST + 1));
    private static final Pattern LONG_WORD = Pattern.compile("\\S{%d,}".formatted(LONGEST + 1));

    private Quoted() {}

    /** The message in one line, each quotation and each word in it no longer than some 200 characters. */
    public static String fit(String message) {
        String text = CONTROL.matcher(LINE_END.matcher(message).replaceAll(" ")).replaceAll("?");
        text = LONG_QUOTE.matcher(text).replaceAll(Quoted::shortened);
        text = LONG_WORD.matcher(text).replaceAll(Quoted::shortened);
        return text.length() <= LONGEST_MESSAGE
                ? text
                : text.substring(0, LONGEST_MESSAGE) + "... (%d more characters)".formatted(
                        text.length() - LONGEST_MESSAGE);
    }

    /** Its beginning and its end. */
    private static String shortened(MatchResult found) {
        String text = found.group();
        return Matcher.quoteReplacement("%s...(%d characters left out)...%s"
                .formatted(
                        text.substring(0, BEGINNING),
                        text.length() - BEGINNING - END,
                        text.substring(text.length() - END)));
    }
}
