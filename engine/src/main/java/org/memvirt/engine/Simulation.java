package org.memvirt.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;

/** Plays an input, or a script, on a machine. A pass is timed without the reading. */
public final class Simulation {
    private static final double NANOS = 1e9;

    /** Accesses between two publications of the meters: often enough to watch, too rarely to be felt. */
    private static final int PUBLISH_EVERY = 1 << 18;

    /** Accesses that a time line has played together at most. */
    private static final int PIECE = 1 << 15;

    private final Machine machine;
    private final RunPlan plan;
    private final List<SimulationResult.Pass> passes = new ArrayList<>();
    private volatile boolean stopped;
    private volatile boolean complete;
    private volatile double progress = -1;
    private AccessBatch piece = new AccessBatch(1);
    private @Nullable TimeLine timeLine;
    private double inputSeconds;
    private long unpublished;
    // Of the pass that is under way.
    private long accessesBefore;
    private long nanos;
    private volatile @Nullable Throwable failure;

    public Simulation(Machine machine, RunPlan plan) {
        this.machine = machine;
        this.plan = plan;
    }

    /**
     * Has the result tell what was counted from point to point.
     *
     * @param every accesses between two points, 1 or more
     */
    public void keepTimeLine(long every) {
        timeLine = new TimeLine(machine, every);
        piece = new AccessBatch(PIECE);
    }

    private void beginCounting() {
        machine.beginCounting();
        if (timeLine != null) {
            timeLine.begin();
        }
    }

    /**
     * Plays the input to its end, or until {@link #stop}.
     *
     * @throws InputRefused for an access or an event that cannot be; {@link #resultSoFar} has what came before
     * @throws IOException when the input cannot be read or is broken; likewise
     */
    public SimulationResult run(Input input) throws IOException {
        new SideBySide(List.of(this), 1).run(input);
        Throwable failed = failure;
        switch (failed) {
            case null -> {
                return resultSoFar();
            }
            case IOException e -> throw e;
            case Error e -> throw e;
            default -> throw (RuntimeException) failed;
        }
    }

    /** Plays a script, timed as a whole, to its end or until {@link #stop}; otherwise like {@link #run(Input)}. */
    public SimulationResult run(MachineScript script) throws IOException {
        beginCounting();
        long from = System.nanoTime();
        try {
            script.play(machine, () -> stopped, made -> {
                progress = script.progress();
                made(made);
            });
        } finally {
            passes.add(new SimulationResult.Pass(
                    machine.counters().accesses(), (System.nanoTime() - from) / NANOS));
        }
        complete = !stopped;
        return resultSoFar();
    }

    // What SideBySide has it do.

    RunPlan plan() {
        return plan;
    }

    /** Whether it goes on: nobody stopped it, and it did not fail. */
    boolean isPlaying() {
        return !stopped && failure == null;
    }

    /** Why it ended before its input did; null if it did not, or somebody stopped it. */
    public @Nullable Throwable failure() {
        return failure;
    }

    void fail(Throwable why) {
        failure = why;
    }

    boolean hasSeveralPlayers() {
        int players = 0;
        for (Vm vm : machine.vms()) {
            players += vm.players().size();
        }
        return players > 1;
    }

    /** Begins to count, and a pass. */
    void begin() {
        beginCounting();
        beginPass();
    }

    private void beginPass() {
        accessesBefore = machine.counters().accesses();
        nanos = 0;
    }

    private void endPass() {
        passes.add(new SimulationResult.Pass(machine.counters().accesses() - accessesBefore, nanos / NANOS));
    }

    /** Ends the pass. */
    void end(double secondsOfInput) {
        inputSeconds = secondsOfInput;
        endPass();
        complete = isPlaying();
    }

    /** Plays a part of the pass, unless it has ended. */
    void play(List<? extends AccessBatch> batches, double newProgress) {
        if (!isPlaying()) {
            return;
        }
        long from = System.nanoTime();
        try {
            playAll(batches);
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
        nanos += System.nanoTime() - from;
        progress = newProgress;
    }

    /** Plays an input as a whole, which each vCPU reads for itself. */
    void streamOnAll(Input input) {
        begin();
        long start = System.nanoTime();
        try (CoreScheduler shared = new CoreScheduler(machine, plan.quantum())) {
            try {
                for (GuestPlayer player : machine.players()) {
                    shared.add(player, input.open());
                }
                run(shared);
            } finally {
                nanos = shared.nanos();
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
        end((System.nanoTime() - start - nanos) / NANOS);
    }

    private void run(CoreScheduler shared) throws IOException {
        shared.run(CoreScheduler.TO_THE_END, () -> stopped, made -> {
            progress = shared.progress();
            made(made);
        });
    }

    /** Plays all before anything is counted. */
    void prefault(List<? extends AccessBatch> batches) {
        try {
            playAll(batches);
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Counts, and makes all passes, unless it has ended. */
    void repeat(List<? extends AccessBatch> batches, double secondsOfInput) {
        if (!isPlaying()) {
            return;
        }
        inputSeconds = secondsOfInput;
        beginCounting();
        for (int pass = 0; pass < plan.passes() && isPlaying(); pass++) {
            beginPass();
            play(batches, (pass + 1.0) / plan.passes());
            endPass();
        }
        complete = isPlaying();
    }

    private void playAll(List<? extends AccessBatch> batches) throws IOException {
        if (hasSeveralPlayers()) {
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
        if (timeLine == null) {
            machine.execute(batch);
            publish(batch.length);
            return;
        }
        int at = 0;
        do {
            piece.clear();
            if (at == 0) {
                batch.events().forEach(piece::add);
            }
            int count = piece.add(batch, at, (int) Math.min(PIECE, timeLine.left()));
            machine.execute(piece);
            made(count);
            at += count;
        } while (at < batch.length);
    }

    private void made(long accesses) {
        if (timeLine != null) {
            timeLine.made(accesses);
        }
        publish(accesses);
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

    /** Whether it was stopped before it came to its end. */
    public boolean wasStopped() {
        return stopped && !complete;
    }

    /** How far the run is, from 0 to 1, or negative when nobody knows; may be called from any thread. */
    public double progress() {
        return progress;
    }

    /** What was counted until now. */
    public SimulationResult resultSoFar() {
        machine.publish();
        return Results.of(machine, passes, inputSeconds, timeLine);
    }
}
