package org.memvirt.runner.command;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/** One line on a terminal that says how far a simulation is; it vanishes when closed. */
final class ProgressLine implements AutoCloseable {
    private static final int INTERVAL_MILLIS = 250;
    private static final int WIDTH = 30;
    private static final String CLEAR = "\r\033[K";
    private static final double NANOS = 1e9;

    private final PrintStream terminal;
    private final String name;
    private final DoubleSupplier progress;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread = new Thread(this::draw, "memvirt-progress");
    private final long start = System.nanoTime();

    /**
     * @param name what is running, as it stands before the bar
     * @param progress how far it is, from 0 to 1, or negative when nobody knows
     */
    ProgressLine(PrintStream terminal, String name, DoubleSupplier progress) {
        this.terminal = terminal;
        this.name = name;
        this.progress = progress;
        thread.setDaemon(true);
        thread.start();
    }

    /** What stands before the bar: the name, and which of how many it is where there are several. */
    static String title(String name, int index, int count) {
        return count == 1 ? name : "%d of %d, %s".formatted(index + 1, count, name);
    }

    private void draw() {
        try {
            while (!closed.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
                terminal.print(CLEAR + line());
                terminal.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String line() {
        double seconds = (System.nanoTime() - start) / NANOS;
        double done = progress.getAsDouble();
        if (!(done >= 0)) {
            return "%s  %.0f s".formatted(name, seconds);
        }
        int filled = (int) Math.min(WIDTH, Math.round(done * WIDTH));
        String left = done < 0.01 ? "" : ", %.0f s left".formatted(seconds / done - seconds);
        return "%s  [%s%s] %3.0f%%  %.0f s%s"
                .formatted(name, "#".repeat(filled), ".".repeat(WIDTH - filled), done * 100, seconds, left);
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        terminal.print(CLEAR);
        terminal.flush();
    }
}
