package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Threads that do the same with each of several things; the caller's thread is one of them. */
final class Workers implements AutoCloseable {
    private final int threads;
    private final @Nullable ExecutorService others;

    /** @param threads 1 or more */
    Workers(int threads) {
        this.threads = threads;
        others = threads == 1
                ? null
                : Executors.newFixedThreadPool(
                        threads - 1, Thread.ofPlatform().daemon().name("memvirt-player-", 1).factory());
    }

    /**
     * Does the work with each thing, in any order, and returns when all is done.
     *
     * @param first what the caller's thread does before it joins in; alone, it comes last
     */
    <T> void each(List<T> things, Consumer<T> work, Runnable first) {
        ExecutorService pool = others;
        if (pool == null) {
            things.forEach(work);
            first.run();
            return;
        }
        AtomicInteger next = new AtomicInteger();
        Runnable inTurn = () -> {
            for (int at = next.getAndIncrement(); at < things.size(); at = next.getAndIncrement()) {
                work.accept(things.get(at));
            }
        };
        List<Future<?>> working = new ArrayList<>();
        for (int i = 0; i < Math.min(threads - 1, things.size()); i++) {
            working.add(pool.submit(inTurn));
        }
        try {
            first.run();
            inTurn.run();
        } finally {
            working.forEach(Workers::await);
        }
    }

    private static void await(Future<?> working) {
        boolean interrupted = false;
        while (true) {
            try {
                working.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // What works there must have ended before its things are used again.
            } catch (ExecutionException e) {
                throw new IllegalStateException("the work of a thread failed", e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        if (others != null) {
            others.shutdown();
        }
    }
}
