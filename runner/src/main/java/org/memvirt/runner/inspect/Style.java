package org.memvirt.runner.inspect;

/** How results are written. */
public enum Style {
    /** Columns for people. */
    TEXT,
    /** RFC 4180, with a line of names. */
    CSV,
    /** The schema {@code memvirt-inspect/1}, one row a line. */
    JSON
}
