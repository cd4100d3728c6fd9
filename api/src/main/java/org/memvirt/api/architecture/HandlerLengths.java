package org.memvirt.api.architecture;

/**
 * How many instructions a kernel's handlers of TLB exceptions run, each on its fast path: the page is in the page table and
 * allows the access.
 *
 * @param source where the figures come from, and which of them are estimates
 * @param refill no entry matches: writes one at random
 * @param load a load or a fetch meets an invalid page: marks it accessed, and writes its entry again
 * @param store the same for a store, which marks it dirty, too
 * @param modify a store meets a page that is not dirty: marks it, and writes its entry again
 * @param untilLoad how much of {@code refill} has run when its first load from a linear page table is made, that one included
 * @param nested that load raises an exception itself: another handler writes the entry by which the TLB translates the load
 */
public record HandlerLengths(
        String source, int refill, int load, int store, int modify, int untilLoad, int nested) {
    /** Of handlers that walk each table from its root, in a segment that the TLB does not translate. */
    public HandlerLengths(String source, int refill, int load, int store, int modify) {
        this(source, refill, load, store, modify, 0, 0);
    }
}
