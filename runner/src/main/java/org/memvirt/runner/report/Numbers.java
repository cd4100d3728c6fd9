package org.memvirt.runner.report;

import java.util.Locale;

/** Numbers as people read them; the same in every locale. */
public final class Numbers {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Numbers() {}

    /** {@code 1,234,567}. */
    public static String whole(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Two decimals, and thousands marked. */
    public static String decimal(double number) {
        return String.format(Locale.ROOT, "%,.2f", number);
    }

    /** A share in percent, with as many decimals as show something. */
    public static String percent(double share) {
        double percent = share * 100;
        return String.format(Locale.ROOT, percent == 0 || percent >= 0.995 ? "%.2f%%" : "%.4f%%", percent);
    }

    /** A quotient: {@code 1.50x}. */
    public static String ratio(double ratio) {
        return String.format(Locale.ROOT, ratio < 100 ? "%.2fx" : "%,.0fx", ratio);
    }

    /** A size in the binary unit that makes it a short number. */
    public static String bytes(long bytes) {
        double number = bytes;
        int unit = 0;
        while (number >= 1024 && unit < UNITS.length - 1) {
            number /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || number == Math.rint(number) ? "%.0f %s" : "%.1f %s", number,
                UNITS[unit]);
    }

    /** A rate or another large number in the unit that makes it short: {@code 53.1 M}. */
    public static String large(double number) {
        if (number >= 1e9) {
            return String.format(Locale.ROOT, "%.2f G", number / 1e9);
        }
        return number >= 1e6
                ? String.format(Locale.ROOT, "%.1f M", number / 1e6)
                : String.format(Locale.ROOT, "%,.0f", number);
    }
}
