package org.memvirt.api.access;

/**
 * Six bits that say what an access needs and what a mapping allows: read, write and execute, for user and for
 * supervisor. An access needs one bit, or two for a read-modify-write; it may go on when the mapping allows all of them.
 */
public final class Rights {
    public static final int USER_READ = 1;
    public static final int USER_WRITE = 1 << 1;
    public static final int USER_EXECUTE = 1 << 2;
    public static final int SUPERVISOR_READ = 1 << 3;
    public static final int SUPERVISOR_WRITE = 1 << 4;
    public static final int SUPERVISOR_EXECUTE = 1 << 5;

    public static final int NONE = 0;
    public static final int USER = USER_READ | USER_WRITE | USER_EXECUTE;
    public static final int SUPERVISOR = SUPERVISOR_READ | SUPERVISOR_WRITE | SUPERVISOR_EXECUTE;
    public static final int READ = USER_READ | SUPERVISOR_READ;
    public static final int WRITE = USER_WRITE | SUPERVISOR_WRITE;
    public static final int EXECUTE = USER_EXECUTE | SUPERVISOR_EXECUTE;
    public static final int ALL = USER | SUPERVISOR;

    /** By how much a user right is shifted left to become the supervisor right of the same kind. */
    public static final int SUPERVISOR_SHIFT = 3;

    private Rights() {}

    /** Whether {@code allowed} has every right that {@code needed} names. */
    public static boolean permit(int allowed, int needed) {
        return (needed & ~allowed) == 0;
    }

    /** Whether one access can need them: one right, or read and write of one mode for a read-modify-write. */
    public static boolean areOfOneAccess(int needed) {
        return needed == (USER_READ | USER_WRITE)
                || needed == (SUPERVISOR_READ | SUPERVISOR_WRITE)
                || (needed & ~ALL) == 0 && Integer.bitCount(needed) == 1;
    }

    /** The rights as {@code rwxrwx}, user first, with {@code -} for what is missing. */
    public static String text(int rights) {
        char[] text = "rwxrwx".toCharArray();
        for (int bit = 0; bit < text.length; bit++) {
            if ((rights >>> bit & 1) == 0) {
                text[bit] = '-';
            }
        }
        return new String(text);
    }
}
