package org.memvirt.engine.guest;

/**
 * What a guest kernel chooses beside its page sizes.
 *
 * @param flushCeiling pages up to which it flushes a changed range page by page, and beyond which it flushes the address space;
 *     0 for no ceiling, then it flushes each page as soon as that has changed
 * @param tags of address spaces: {@link #ALL_TAGS}, {@link #NO_TAGS}, or so many on each CPU
 * @param freesTables whether it takes page tables back that map nothing any more while their process lives
 * @param collapseEvery accesses after which its daemon looks for pages that it can replace by a larger one; 0 for no daemon
 */
public record GuestPolicy(int flushCeiling, int tags, boolean freesTables, long collapseEvery) {
    /** All tags that hardware has. */
    public static final int ALL_TAGS = -1;

    /** None, even where hardware has some. */
    public static final int NO_TAGS = 0;

    /** All tags, no ceiling, tables that stay, no daemon. */
    public static final GuestPolicy USUAL = new GuestPolicy(0, ALL_TAGS, false, 0);

    public GuestPolicy {
        if (flushCeiling < 0 || tags < ALL_TAGS || collapseEvery < 0) {
            throw new IllegalArgumentException("a guest kernel's choices are not negative: %d, %d, %d"
                    .formatted(flushCeiling, tags, collapseEvery));
        }
    }
}
