package org.memvirt.mips;

import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Miss;

/** Exceptions of address translation, by Cause.ExcCode; PRA, "Cause Register", and the section of each. */
enum ExceptionCode {
    /** A store to a page that is valid and not dirty: "TLB Modified Exception". */
    MOD(1),
    /** A load or fetch, and a store, without a valid page: "TLB Refill Exception" and "TLB Invalid Exception". */
    TLBL(2),
    TLBS(3),
    /** A load or fetch, and a store, at an address that the mode does not have: "Address Error Exception". */
    ADEL(4),
    ADES(5),
    /** A load from a page that inhibits reads: "TLB Read-Inhibit Exception". */
    TLBRI(19),
    /** A fetch from a page that inhibits execution: "TLB Execute-Inhibit Exception". */
    TLBXI(20);

    private static final int SHIFT = 2;

    private final int number;

    ExceptionCode(int number) {
        this.number = number;
    }

    /** That of an access that needed this right. */
    static ExceptionCode of(Miss miss, int needed) {
        boolean store = (needed & Rights.WRITE) != 0;
        return switch (miss) {
            case REFILL, INVALID -> store ? TLBS : TLBL;
            case MODIFIED -> MOD;
            case PROTECTED -> (needed & Rights.EXECUTE) != 0 ? TLBXI : TLBRI;
            case ADDRESS_ERROR -> store ? ADES : ADEL;
            case NONE, STAGE_2 ->
                    throw new IllegalArgumentException("%s is no exception of the first stage".formatted(miss));
        };
    }

    int number() {
        return number;
    }

    /** What Cause holds then. */
    long cause() {
        return (long) number << SHIFT;
    }

    /** Whether it tells software of the pair by EntryHi and Context; for an address error the PRA leaves them open. */
    boolean isOfTlb() {
        return this != ADEL && this != ADES;
    }
}
