package org.memvirt.api.table;

/**
 * A root register and the format in which hardware reads the table that it points to.
 *
 * @param root what the register holds: CR3, EPTP, nCR3, TTBR, VTTBR; the format masks what is no address
 */
public record TableRoot(PageTableFormat format, long root) {}
