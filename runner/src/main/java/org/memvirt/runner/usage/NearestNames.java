package org.memvirt.runner.usage;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Orders names by how little they differ from one that was typed (Levenshtein's edit distance). */
public final class NearestNames {
    private static final int FEW = 6;

    private NearestNames() {}

    /** All {@code names}, the nearest first; those equally near in alphabetic order. */
    public static List<String> sorted(String typed, Collection<String> names) {
        return names.stream()
                .sorted(Comparator.comparingInt((String name) -> distance(typed, name))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /**
     * The nearest of {@code names}, with commas between them, and how many more there are.
     *
     * @param whereAll what shows all, for the message
     */
    public static String few(String typed, Collection<String> names, String whereAll) {
        if (names.isEmpty()) {
            return "none";
        }
        List<String> sorted = sorted(typed, names);
        String first = String.join(", ", sorted.subList(0, Math.min(FEW, sorted.size())));
        return sorted.size() <= FEW ? first
                : "%s and %d more (%s shows all)".formatted(first, sorted.size() - FEW, whereAll);
    }

    /** How many letters must be inserted, removed or replaced to make one name the other. */
    static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
