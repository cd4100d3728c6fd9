package org.memvirt.runner.trace;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.workload.AccessSource;

/**
 * What is in a trace.
 *
 * @param accesses one that crosses a page counts as two
 * @param fetches those that execute
 * @param loads those that only read
 * @param stores those that only write
 * @param modifies those that read and write
 * @param pages distinct pages of 4 KiB
 * @param events by kind, in alphabetical order; those that occur
 * @param largePages distinct pages of 2 MiB
 */
public record TraceSummary(
        long accesses,
        long fetches,
        long loads,
        long stores,
        long modifies,
        long pages,
        long largePages,
        long lowestAddress,
        long highestAddress,
        Map<String, Long> events) {

    private static final int PAGE_SHIFT = 12;
    private static final int LARGE_PAGE_SHIFT = 21;

    /** Reads a source to its end. Addresses are compared as unsigned numbers. */
    public static TraceSummary of(AccessSource source) throws IOException {
        long[] byKind = new long[Rights.ALL + 1];
        PageSet pages = new PageSet();
        PageSet largePages = new PageSet();
        long lowest = -1;
        long highest = 0;
        long lastPage = -1;
        Map<String, Long> events = new TreeMap<>();
        AccessBatch batch = new AccessBatch();
        while (source.fill(batch)) {
            batch.events().forEach(event -> events.merge(EventCode.of(event).word(), 1L, Long::sum));
            for (int i = 0; i < batch.length; i++) {
                byKind[batch.kinds[i] & Rights.ALL]++;
                long address = batch.addresses[i];
                lowest = Long.compareUnsigned(address, lowest) < 0 ? address : lowest;
                highest = Long.compareUnsigned(address, highest) > 0 ? address : highest;
                long page = address >>> PAGE_SHIFT;
                if (page != lastPage) {
                    lastPage = page;
                    pages.add(page);
                    largePages.add(address >>> LARGE_PAGE_SHIFT);
                }
            }
        }
        long[] sums = new long[4];
        for (int kind = 1; kind < byKind.length; kind++) {
            sums[column(kind)] += byKind[kind];
        }
        return new TraceSummary(
                sums[0] + sums[1] + sums[2] + sums[3],
                sums[0],
                sums[1],
                sums[2],
                sums[3],
                pages.size(),
                largePages.size(),
                lowest,
                highest,
                events);
    }

    private static int column(int kind) {
        if ((kind & Rights.EXECUTE) != 0) {
            return 0;
        }
        boolean reads = (kind & Rights.READ) != 0;
        boolean writes = (kind & Rights.WRITE) != 0;
        return reads && writes ? 3 : writes ? 2 : 1;
    }

    /** Memory touched, in bytes, by pages of 4 KiB. */
    public long footprint() {
        return pages << PAGE_SHIFT;
    }
}
