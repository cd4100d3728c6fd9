package org.memvirt.engine.tlb;

/** The size of a set-associative array as an option gives it: {@code 64x4}, or {@code 64xfull} for one set of 64 ways. */
public record ArraySize(int entries, int ways) {
    private static final String FULL = "full";

    /**
     * Reads it.
     *
     * @param option where it stands, for messages
     * @throws IllegalArgumentException when it is no size
     */
    public static ArraySize parse(String option, String text) {
        String[] parts = text.split("x", -1);
        int entries = number(parts[0]);
        int ways = parts.length != 2 ? 0 : parts[1].equals(FULL) ? entries : number(parts[1]);
        if (entries < 1 || ways < 1 || entries % ways != 0) {
            throw new IllegalArgumentException(
                    "%s: '%s' is not ENTRIESxWAYS with a multiple of the ways, such as 64x4 or 64x%s"
                            .formatted(option, text, FULL));
        }
        return new ArraySize(entries, ways);
    }

    private static int number(String text) {
        return text.matches("[1-9][0-9]{0,6}") ? Integer.parseInt(text) : 0;
    }

    public int sets() {
        return entries / ways;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return entries + "x" + (entries == ways ? FULL : Integer.toString(ways));
    }
}
