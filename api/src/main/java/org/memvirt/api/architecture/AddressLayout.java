package org.memvirt.api.architecture;

/**
 * The addresses of a processor whose hardware walks no page tables, as far as a kernel must know them.
 *
 * @param userEnd the address after the last that a program may use
 * @param unmappedBase where physical address 0 is found by a kernel without the TLB, in a segment that hardware caches; by a
 *     deprivileged kernel, where its VMM maps that
 * @param unmappedBytes how many bytes from there on
 * @param physicalBits bits of a physical address
 */
public record AddressLayout(long userEnd, long unmappedBase, long unmappedBytes, int physicalBits) {}
