package org.memvirt.api.image;

/** Is told of each leaf of a page table, as numbers and not as objects, for there may be hundreds of millions. */
@FunctionalInterface
public interface LeafVisitor {
    /**
     * One page; in ascending order of input addresses where the format has an order.
     *
     * @param inputAddress the first address of the page
     * @param outputAddress where the page lies
     * @param pageShift offset bits of the page
     * @param rights {@link org.memvirt.api.access.Rights} that all entries on the way allow together, the state of the
     *     dirty bit aside
     * @param attributes {@link org.memvirt.api.table.PageTable#GLOBAL}; {@link org.memvirt.api.table.PageTable#ACCESSED} and {@link org.memvirt.api.table.PageTable#DIRTY}, which are set,
     *     too, where the format has no such bit
     * @param entry the leaf's own bits; 0 for a format that has no single entry a page
     * @return whether it wants more
     */
    boolean leaf(long inputAddress, long outputAddress, int pageShift, int rights, int attributes, long entry);
}
