package org.memvirt.mips;

/** The registers of coprocessor 0 through which software handles the TLB, as the PRA's chapter "Coprocessor 0 Registers" has them. */
enum Register {
    /** The entry that TLBP found, TLBR reads and TLBWI writes; bit 31 says that TLBP found none. */
    INDEX,
    /** Where TLBWR writes; read only. */
    RANDOM,
    /** The even and the odd page: frame, cacheability, dirty, valid, global, and what is inhibited. */
    ENTRY_LO0,
    ENTRY_LO1,
    /** A base of software's, and below it the number of the pair that the last exception was about. */
    CONTEXT,
    /** The page size, as the address bits that are not compared. */
    PAGE_MASK,
    /** Which of the optional features of pages are on. */
    PAGE_GRAIN,
    /** How many entries TLBWR leaves alone. */
    WIRED,
    /** The address of the last exception; read only. */
    BAD_VADDR,
    /** A pair's address and the ASID, which is that of the address space that runs. */
    ENTRY_HI,
    /** Mode, exception level, and which segments have 64 bits. */
    STATUS,
    /** The code of the last exception; read only here. */
    CAUSE,
    /** As {@link #CONTEXT}, of a 64-bit address; MIPS64. */
    XCONTEXT
}
