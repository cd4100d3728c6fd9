package org.memvirt.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;

/** Inputs of the benchmarks. */
final class Batches {
    private static final long BASE = 0x1000_0000_0000L;
    private static final int COUNT = 256;

    private Batches() {}

    /** A million loads, each of a random word of one of {@code pages} pages. */
    static List<AccessBatch> uniform(long pages) {
        SplittableRandom random = new SplittableRandom(1);
        List<AccessBatch> batches = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            AccessBatch batch = new AccessBatch();
            while (!batch.isFull()) {
                batch.add(BASE + random.nextLong(pages) * 4096 + random.nextLong(512) * 8, Rights.USER_READ);
            }
            batches.add(batch);
        }
        return batches;
    }

    /** A million accesses of a loop: fetches from one page, loads and stores that stay in a page for 16 accesses. */
    static List<AccessBatch> loop(long pages) {
        SplittableRandom random = new SplittableRandom(1);
        List<AccessBatch> batches = new ArrayList<>();
        long page = 0;
        for (int i = 0; i < COUNT; i++) {
            AccessBatch batch = new AccessBatch();
            while (!batch.isFull()) {
                int at = batch.length;
                if (at % 4 != 0) {
                    batch.add(BASE - 4096 + at % 4096, Rights.USER_EXECUTE);
                } else {
                    page = at % 64 == 0 ? random.nextLong(pages) : page;
                    batch.add(BASE + page * 4096 + random.nextLong(512) * 8,
                            at % 8 == 0 ? Rights.USER_WRITE : Rights.USER_READ);
                }
            }
            batches.add(batch);
        }
        return batches;
    }
}
