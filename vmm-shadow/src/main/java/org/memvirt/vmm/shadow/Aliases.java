package org.memvirt.vmm.shadow;

import java.util.function.Consumer;
import org.memvirt.api.access.Rights;

/** What is done to all shadow entries that lead to some part of a range of the guest's memory. */
final class Aliases {
    private final ShadowTables tables;
    private final ReverseMap entries;
    private final int granuleShift;
    private final ShadowCounts counts;

    Aliases(ShadowTables tables, ReverseMap entries, int granuleShift, ShadowCounts counts) {
        this.tables = tables;
        this.entries = entries;
        this.granuleShift = granuleShift;
        this.counts = counts;
    }

    /** Zaps them. */
    void zap(long gpa, long bytes) {
        entries.leadingTo(gpa, bytes).forEach(tables::zap);
    }

    /** Zaps those of more than a granule. */
    void zapOverGranule(long gpa, long bytes) {
        for (ShadowEntry entry : entries.leadingTo(gpa, bytes)) {
            if (entry.shift > granuleShift) {
                tables.zap(entry);
            }
        }
    }

    /** Tells them. */
    void forEach(long gpa, long bytes, Consumer<ShadowEntry> visitor) {
        entries.leadingTo(gpa, bytes).forEach(visitor);
    }

    /** Takes the right to write the range from them. */
    void forbidWrites(long gpa, long bytes) {
        for (ShadowEntry entry : entries.leadingTo(gpa, bytes)) {
            if ((entry.granted() & Rights.WRITE) != 0) {
                boolean whole = entry.gpa >= gpa && entry.gpa + (1L << entry.shift) <= gpa + bytes;
                int request = entry.table.format.request(entry.allowed & ~Rights.WRITE, Rights.NONE);
                if (!whole || request == ShadowFormat.NONE && !entry.hidden) {
                    tables.zap(entry);
                    continue;
                }
                counts.protectedEntries++;
                entry.grant(entry.granted() & ~Rights.WRITE);
                if ((entry.allowed & Rights.WRITE) != 0) {
                    tables.allow(entry, request);
                }
            }
        }
    }
}
