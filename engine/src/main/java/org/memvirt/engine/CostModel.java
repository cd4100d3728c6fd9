package org.memvirt.engine;

import java.util.Map;

/**
 * What things cost, in cycles: a declared estimate, never a measurement. Reads, not stores: a cost that overlaps with
 * others on real hardware is charged whole.
 *
 * @param name of the preset
 * @param source where the figures come from, and which of them are estimates
 * @param tlbHit by TLB level, from 1; what a hit there adds to an access
 * @param reference one reference of a walk, made one after another
 * @param walkCacheHit one hit in a walk cache or nested TLB
 * @param exception one exception of a TLB that software fills, and the return from it, without the handler's instructions
 * @param instruction one instruction of such a handler; its loads and stores of table entries cost a reference each beside
 * @param guestFault the guest kernel's work on a page fault, without its memory accesses
 * @param exit by the cause's name; what an exit and the entry after it cost, the VMM's work included
 * @param otherExit an exit whose cause has no cost of its own
 */
public record CostModel(
        String name,
        String source,
        Map<Integer, Double> tlbHit,
        double reference,
        double walkCacheHit,
        double exception,
        double instruction,
        double guestFault,
        Map<String, Double> exit,
        double otherExit) {}
