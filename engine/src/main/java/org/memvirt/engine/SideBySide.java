package org.memvirt.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.engine.block.FilteredBatch;

/**
 * Plays one input on several machines. It is read once, and each part of it is played on every machine, on as many threads as
 * there may be. Machines share nothing but what is read, which none of them changes: what one counts depends neither on the
 * others nor on the threads. One that fails ends alone.
 *
 * <p>An input that is played more than once, or mapped before it counts, is read into memory first; else it streams through
 * a few batches. Where a machine has several vCPUs, each of them reads the input for itself.
 */
public final class SideBySide {
    private static final double NANOS = 1e9;

    /** Accesses in a batch that is kept: the larger it is, the fewer of them can change a level-1 TLB. */
    private static final int KEPT_CAPACITY = 1 << 15;

    /** Batches that one thread plays before it waits for the others. */
    private static final int ROUND = 16;

    private final List<Simulation> simulations;
    private final RunPlan plan;
    private final int threads;
    private long inputNanos;
    // Why the input could not be read to its end.
    private @Nullable Throwable broken;

    /**
     * @param simulations one or more, of one plan
     * @param threads 1 or more
     */
    public SideBySide(List<Simulation> simulations, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("there is at least one thread, not " + threads);
        }
        plan = simulations.getFirst().plan();
        if (!simulations.stream().allMatch(simulation -> simulation.plan().equals(plan))) {
            throw new IllegalArgumentException("simulations side by side have one plan");
        }
        this.simulations = List.copyOf(simulations);
        this.threads = Math.min(threads, simulations.size());
    }

    /** Plays the input to its end. What stops a machine, or all, is its {@link Simulation#failure}. */
    public void run(Input input) {
        try (Workers workers = new Workers(threads)) {
            if (plan.passes() > 1 || plan.prefault()) {
                repeat(input, workers);
            } else if (simulations.stream().anyMatch(Simulation::hasSeveralPlayers)) {
                workers.each(simulations, simulation -> simulation.streamOnAll(input), () -> {});
            } else {
                stream(input, workers);
            }
        }
    }

    /** Ends the runs after the batches that are under way; may be called from any thread. */
    public void stop() {
        simulations.forEach(Simulation::stop);
    }

    /** How far the slowest is, from 0 to 1, or negative when nobody knows; may be called from any thread. */
    public double progress() {
        return simulations.stream()
                .filter(Simulation::isPlaying)
                .mapToDouble(Simulation::progress)
                .min()
                .orElse(1);
    }

    private boolean isAnyPlaying() {
        for (Simulation simulation : simulations) {
            if (simulation.isPlaying()) {
                return true;
            }
        }
        return false;
    }

    private void stream(Input input, Workers workers) {
        simulations.forEach(Simulation::begin);
        // Alone, nobody waits for others, and what is read is played at once.
        int size = threads == 1 ? 1 : ROUND;
        Round played = new Round(size);
        Round ahead = new Round(size);
        try (AccessSource source = open(input)) {
            read(source, played);
            while (!played.isEmpty() && isAnyPlaying()) {
                List<FilteredBatch> batches = played.batches();
                Round next = ahead;
                double progress = source.progress();
                workers.each(simulations, simulation -> simulation.play(batches, progress), () -> read(source, next));
                ahead = played;
                played = next;
            }
        } catch (IOException | RuntimeException | Error e) {
            broken = broken == null ? e : broken;
        }
        Throwable failure = broken;
        if (failure != null) {
            simulations.stream().filter(Simulation::isPlaying).forEach(simulation -> simulation.fail(failure));
        }
        simulations.forEach(simulation -> simulation.end(inputNanos / NANOS));
    }

    private AccessSource open(Input input) throws IOException {
        long from = System.nanoTime();
        AccessSource source = input.open();
        inputNanos += System.nanoTime() - from;
        return source;
    }

    /** Reads the next batches, if there are any and somebody plays them. */
    private void read(AccessSource source, Round round) {
        round.clear();
        if (broken != null || !isAnyPlaying()) {
            return;
        }
        long from = System.nanoTime();
        try {
            round.fill(source);
        } catch (IOException | RuntimeException | Error e) {
            broken = e; // What was read before is played first.
        }
        inputNanos += System.nanoTime() - from;
    }

    private void repeat(Input input, Workers workers) {
        List<FilteredBatch> batches = new ArrayList<>();
        try {
            load(input, batches);
        } catch (IOException | RuntimeException | Error e) {
            simulations.forEach(simulation -> simulation.fail(e));
            return;
        }
        if (plan.prefault()) {
            workers.each(simulations, simulation -> simulation.prefault(batches), () -> {});
            // What is counted is not to find done what is its own to do.
            batches.forEach(FilteredBatch::forget);
        }
        workers.each(simulations, simulation -> simulation.repeat(batches, inputNanos / NANOS), () -> {});
    }

    private void load(Input input, List<FilteredBatch> batches) throws IOException {
        long from = System.nanoTime();
        try (AccessSource source = input.open()) {
            AccessBatch batch = new AccessBatch(KEPT_CAPACITY);
            long loaded = 0;
            while (isAnyPlaying() && source.fill(batch)) {
                checkRepeats(batch.events(), loaded);
                loaded += batch.length;
                batches.add(new FilteredBatch(batch));
            }
        }
        inputNanos = System.nanoTime() - from;
    }

    /** What changes a process's memory cannot be done before counting starts, nor twice. */
    private static void checkRepeats(List<GuestEvent> events, long before) {
        for (GuestEvent event : events) {
            if (!(event instanceof GuestEvent.Switch)) {
                throw new InputRefused(
                        event.text()
                                + ": an input in which processes map, fork or end is played once, without prefault",
                        before);
            }
        }
    }
}
