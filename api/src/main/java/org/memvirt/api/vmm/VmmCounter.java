package org.memvirt.api.vmm;

import java.util.function.LongSupplier;

/**
 * Something that a strategy counts of one VM, beyond exits and faults. Shown with results and as a metric; those of several
 * VMs are summed.
 *
 * @param name lower-case words with underscores, unique within the strategy: {@code mmu_unsync}
 * @param description one line for people
 * @param unit of the value: entries, tables, bytes
 * @param monotonic whether it only grows, and counts from 0 in each run; else it is a level
 * @param value what it is now; read by the simulation's thread
 */
public record VmmCounter(String name, String description, String unit, boolean monotonic, LongSupplier value) {
    public VmmCounter {
        if (!name.matches("[a-z0-9_]+")) {
            throw new IllegalArgumentException("a counter is named with a-z, 0-9 and _, not '" + name + "'");
        }
    }
}
