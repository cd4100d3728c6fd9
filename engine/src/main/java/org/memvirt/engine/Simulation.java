package org.memvirt.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.engine.cache.FilteredBatch;

/**
 * Plays an input on a machine. An input that is played more than once, or mapped before it counts, is read into memory
 * first; else it streams through one batch. A pass is timed without the reading.
 */
public final class Simulation {
    private static final double NANOS = 1e9;

    /** Accesses between two publications of the meters: often enough to watch, too rarely to be felt. */
    private static final int PUBLISH_EVERY = 1 << 18;

    /** Accesses in a batch that is kept: the larger it is, the fewer of them are turns. */
    private static final int KEPT_CAPACITY = 1 << 15;

    private final Machine machine;
    private final RunPlan plan;
    private final List<SimulationResult.Pass> passes = new ArrayList<>();
    private volatile boolean stopped;
    private volatile double progress = -1;
    private double inputSeconds;
    private long unpublished;

    public Simulation(Machine machine, RunPlan plan) {
        this.machine = machine;
        this.plan = plan;
    }

    /**
     * Plays the input to its end, or until {@link #stop}.
     *
     * @throws InputRefused for an access or an event that cannot be; {@link #resultSoFar} has what came before
     * @throws IOException when the input cannot be read or is broken; likewise
     */
    public SimulationResult run(Input input) throws IOException {
        if (plan.passes() == 1 && !plan.prefault()) {
            if (machine.players().size() == 1) {
                stream(input);
            } else {
                streamOnAll(input);
            }
        } else {
            repeat(input);
        }
        return resultSoFar();
    }

    /** Plays a script, timed as a whole, to its end or until {@link #stop}; otherwise like {@link #run(Input)}. */
    public SimulationResult run(MachineScript script) throws IOException {
        machine.beginCounting();
        long from = System.nanoTime();
        try {
            script.play(machine, () -> stopped, made -> {
                progress = script.progress();
                publish(made);
            });
        } finally {
            passes.add(new SimulationResult.Pass(
                    machine.counters().accesses(), (System.nanoTime() - from) / NANOS));
        }
        return resultSoFar();
    }

    private void stream(Input input) throws IOException {
        machine.beginCounting();
        long before = machine.counters().accesses();
        long simulated = 0;
        long start = System.nanoTime();
        try (AccessSource source = input.open()) {
            AccessBatch batch = new AccessBatch();
            while (!stopped && source.fill(batch)) {
                long from = System.nanoTime();
                try {
                    execute(batch);
                } finally {
                    simulated += System.nanoTime() - from;
                }
                progress = source.progress();
            }
        } finally {
            inputSeconds = (System.nanoTime() - start - simulated) / NANOS;
            passes.add(new SimulationResult.Pass(machine.counters().accesses() - before, simulated / NANOS));
        }
    }

    /** Each vCPU plays the input for itself. */
    private void streamOnAll(Input input) throws IOException {
        machine.beginCounting();
        long start = System.nanoTime();
        CoreScheduler shared = new CoreScheduler(machine, plan.quantum());
        try (shared) {
            for (GuestPlayer player : machine.players()) {
                shared.add(player, input.open());
            }
            run(shared);
        } finally {
            inputSeconds = (System.nanoTime() - start) / NANOS - shared.seconds();
            passes.add(new SimulationResult.Pass(machine.counters().accesses(), shared.seconds()));
        }
    }

    private void run(CoreScheduler shared) throws IOException {
        shared.run(CoreScheduler.TO_THE_END, () -> stopped, made -> {
            progress = shared.progress();
            publish(made);
        });
    }

    private void repeat(Input input) throws IOException {
        long start = System.nanoTime();
        List<AccessBatch> batches = load(input);
        inputSeconds = (System.nanoTime() - start) / NANOS;
        if (plan.prefault()) {
            play(batches);
        }
        machine.beginCounting();
        for (int pass = 0; pass < plan.passes() && !stopped; pass++) {
            long before = machine.counters().accesses();
            long from = System.nanoTime();
            try {
                play(batches);
            } finally {
                double seconds = (System.nanoTime() - from) / NANOS;
                passes.add(new SimulationResult.Pass(machine.counters().accesses() - before, seconds));
            }
            progress = (pass + 1.0) / plan.passes();
        }
    }

    private List<AccessBatch> load(Input input) throws IOException {
        List<AccessBatch> batches = new ArrayList<>();
        try (AccessSource source = input.open()) {
            AccessBatch batch = new AccessBatch(KEPT_CAPACITY);
            long loaded = 0;
            while (!stopped && source.fill(batch)) {
                checkRepeats(batch.events(), loaded);
                loaded += batch.length;
                batches.add(new FilteredBatch(batch));
            }
        }
        return batches;
    }

    /** What changes a process's memory cannot be done before counting starts, nor twice. */
    private static void checkRepeats(List<GuestEvent> events, long before) {
        for (GuestEvent event : events) {
            if (!(event instanceof GuestEvent.Switch)) {
                throw new InputRefused(
                        event + ": an input in which processes map, fork or end is played once, without prefault",
                        before);
            }
        }
    }

    private void play(List<AccessBatch> batches) throws IOException {
        if (machine.players().size() > 1) {
            CoreScheduler shared = new CoreScheduler(machine, plan.quantum());
            machine.players().forEach(player -> shared.add(player, new BatchesSource(batches)));
            run(shared);
            return;
        }
        for (AccessBatch batch : batches) {
            if (stopped) {
                return;
            }
            execute(batch);
        }
    }

    private void execute(AccessBatch batch) {
        machine.execute(batch);
        publish(batch.length);
    }

    private void publish(long made) {
        unpublished += made;
        if (unpublished >= PUBLISH_EVERY) {
            unpublished = 0;
            machine.publish();
        }
    }

    /** Ends the run after the batch that is under way; may be called from any thread. */
    public void stop() {
        stopped = true;
    }

    /** How far the run is, from 0 to 1, or negative when nobody knows; may be called from any thread. */
    public double progress() {
        return progress;
    }

    /** What was counted until now. */
    public SimulationResult resultSoFar() {
        machine.publish();
        return Results.of(machine, passes, inputSeconds);
    }
}
