package org.memvirt.testkit.trial;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** How many bytes of heap a piece of code takes once it is warm. */
public final class Allocations {
    private static final int WARM_UPS = 3;
    private static final int ATTEMPTS = 5;

    private Allocations() {}

    /** The fewest bytes that the calling thread allocated in one of several runs, after some that do not count. */
    public static long of(Runnable code) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int run = 0; run < WARM_UPS; run++) {
            code.run();
        }
        long fewest = Long.MAX_VALUE;
        for (int run = 0; run < ATTEMPTS && fewest != 0; run++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            code.run();
            fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return fewest;
    }
}
