package org.memvirt.api.option;

/**
 * One option that a plug-in declares; it shows in {@code memvirt list} and is given as {@code name:key=value,...}.
 *
 * @param name lower-case key, unique within the plug-in
 * @param kind how its text is read
 * @param defaultText the value when it is not given, in the same text form
 * @param description one line for people, with the unit
 */
public record Option(String name, Kind kind, String defaultText, String description) {

    /** How the text of an option is read. */
    public enum Kind {
        /** {@code on} or {@code off}. */
        SWITCH,
        /** A whole number, as {@link Counts} reads it. */
        INTEGER,
        /** A decimal fraction. */
        DECIMAL,
        /** Bytes, with an optional binary suffix K, M, G or T. */
        SIZE,
        /** Any text. */
        TEXT
    }
}
