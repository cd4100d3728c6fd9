package org.memvirt.api.architecture;

/**
 * The addresses of a processor whose hardware walks no page tables, as far as a kernel must know them.
 *
 * @param userEnd the address after the last that a program may use
 * @param unmappedBase where physical address 0 is found by a kernel without the TLB, in a segment that hardware caches; by a
 *     deprivileged kernel, where its VMM maps that
 * @param unmappedBytes how many bytes from there on
 * @param physicalBits bits of a physical address
 * @param linearBase where the kernel finds the lowest page tables as one array, by the addresses that they translate (a linear
 *     page table): from there on addresses are translated by the TLB, and no program may use them; {@link #NO_LINEAR_TABLE} for
 *     a kernel that walks each table from its root
 */
public record AddressLayout(long userEnd, long unmappedBase, long unmappedBytes, int physicalBits, long linearBase) {
    /** The {@link #linearBase} of a kernel that has no linear page table. */
    public static final long NO_LINEAR_TABLE = 0;

    /** Without a linear page table. */
    public AddressLayout(long userEnd, long unmappedBase, long unmappedBytes, int physicalBits) {
        this(userEnd, unmappedBase, unmappedBytes, physicalBits, NO_LINEAR_TABLE);
    }

    /** The same with a linear page table, and so much of the unmapped segment. */
    public AddressLayout withLinearTable(long base, long newUnmappedBytes) {
        return new AddressLayout(userEnd, unmappedBase, newUnmappedBytes, physicalBits, base);
    }

    public boolean hasLinearTable() {
        return linearBase != NO_LINEAR_TABLE;
    }
}
