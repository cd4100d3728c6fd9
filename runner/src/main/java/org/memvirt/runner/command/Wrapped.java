package org.memvirt.runner.command;

import java.util.List;

/** Text in as many lines as the narrowest terminal that is usual needs for it. */
final class Wrapped {
    private static final int WIDTH = 80;

    private Wrapped() {}

    /**
     * Breaks a text after commas and semicolons.
     *
     * @param indent how many columns there are before it, in each line
     */
    static String text(String text, int indent) {
        return parts(List.of(text.split("(?<=[,;]) ")), " ", indent);
    }

    /** Breaks between parts; one that is longer than a line stays whole. */
    static String parts(List<String> parts, String between, int indent) {
        StringBuilder lines = new StringBuilder();
        int column = indent;
        for (String part : parts) {
            if (column > indent && column + between.length() + part.length() > WIDTH) {
                lines.append('\n').append(" ".repeat(indent));
                column = indent;
            } else if (column > indent) {
                lines.append(between);
                column += between.length();
            }
            lines.append(part);
            column += part.length();
        }
        return lines.toString();
    }
}
