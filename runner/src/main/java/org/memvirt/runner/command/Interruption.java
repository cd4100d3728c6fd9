package org.memvirt.runner.command;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets Ctrl-C, or a request to terminate, end a simulation instead of the process, which then has some seconds to report
 * what there is.
 */
final class Interruption implements AutoCloseable {
    private static final int SECONDS_TO_REPORT = 20;

    private final CountDownLatch reported = new CountDownLatch(1);
    private final Thread hook = new Thread(this::interrupt, "memvirt-interruption");
    private volatile @Nullable Runnable stopping;
    private volatile boolean happened;

    Interruption() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void interrupt() {
        happened = true;
        Runnable stop = stopping;
        if (stop != null) {
            stop.run();
        }
        try {
            // The JVM waits for this thread, and the main thread goes on meanwhile.
            if (!reported.await(SECONDS_TO_REPORT, TimeUnit.SECONDS)) {
                Thread.currentThread().interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says how to stop what runs now; what begins after the interruption stops at once. */
    void watch(Runnable stop) {
        stopping = stop;
        if (happened) {
            stop.run();
        }
    }

    boolean happened() {
        return happened;
    }

    @Override
    public void close() {
        reported.countDown();
        if (!happened) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                happened = true; // It has just begun.
            }
        }
    }
}
