package org.memvirt.api.table;

import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Sizes;

/**
 * One leaf of a page table, as software sees it.
 *
 * @param inputAddress first address of the page
 * @param outputAddress where that page lies
 * @param pageShift offset bits of the page
 * @param allowed {@link org.memvirt.api.access.Rights} as hardware would give them, the state of the accessed and
 *     dirty bits aside
 * @param global whether it holds in every address space
 * @param accessed whether the accessed bit is set, or the format has none
 * @param dirty whether the dirty bit is set, or the format has none
 */
public record Mapping(
        long inputAddress,
        long outputAddress,
        int pageShift,
        int allowed,
        boolean global,
        boolean accessed,
        boolean dirty) {

    /** The page's size in bytes. */
    public long bytes() {
        return 1L << pageShift;
    }

    @Override
    public String toString() {
        return "%s page %#x -> %#x %s%s%s%s"
                .formatted(
                        Sizes.ofPage(pageShift),
                        inputAddress,
                        outputAddress,
                        Rights.text(allowed),
                        global ? " global" : "",
                        accessed ? " accessed" : "",
                        dirty ? " dirty" : "");
    }

    /** Where {@code address}, which must lie in the page, is mapped to. */
    public long translate(long address) {
        return outputAddress | address & bytes() - 1;
    }
}
