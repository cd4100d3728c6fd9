package org.memvirt.engine;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.workload.AccessSource;

/**
 * Shares the cores of a machine among vCPUs. Each core has a queue of its own, whose vCPUs run in turn for a quantum of
 * accesses; a core that has none takes the last of the longest queue. The cores' turns are played one after another, so a
 * simulation stays on one thread and is deterministic.
 */
public final class CoreScheduler implements AutoCloseable {
    /** All that there is to play. */
    public static final long TO_THE_END = Long.MAX_VALUE;

    private final Machine machine;
    private final long quantum;
    private final List<Deque<Lane>> queues = new ArrayList<>();
    private final List<AccessSource> open = new ArrayList<>();
    private int added;
    private long nanos;

    /** @param quantum accesses of a turn, 1 or more */
    public CoreScheduler(Machine machine, long quantum) {
        if (quantum < 1) {
            throw new IllegalArgumentException("a turn has at least one access, not " + quantum);
        }
        this.machine = machine;
        this.quantum = quantum;
        machine.cores().forEach(core -> queues.add(new ArrayDeque<>()));
    }

    /** Has a vCPU play a source from now on, which is closed with this scheduler, on the core that is next in turn. */
    public void add(GuestPlayer player, AccessSource source) {
        open.add(source);
        queues.get(added++ % queues.size()).addLast(new Lane(player, source));
    }

    /** Lets a vCPU play no more; what its source has left is not played. */
    public void remove(GuestPlayer player) {
        queues.forEach(queue -> queue.removeIf(lane -> lane.player() == player));
    }

    /**
     * Plays until all sources have ended, so many more accesses have been made, or somebody stops it.
     *
     * @param stopped asked after each turn
     * @param afterTurn told the number of accesses of each turn
     * @throws InputRefused for an event or an access that cannot be; the message names the vCPU
     * @throws IOException when a source cannot be read or is broken
     */
    public void run(long most, BooleanSupplier stopped, LongConsumer afterTurn) throws IOException {
        long left = most;
        while (left > 0 && !stopped.getAsBoolean()) {
            boolean idle = true;
            for (int core = 0; core < queues.size() && left > 0; core++) {
                Lane lane = next(core);
                if (lane != null) {
                    idle = false;
                    long made = turn(lane, core, Math.min(quantum, left));
                    left -= made;
                    machine.advanceHost(made);
                    afterTurn.accept(made);
                }
            }
            if (idle) {
                return;
            }
        }
    }

    private long turn(Lane lane, int core, long most) throws IOException {
        GuestPlayer player = lane.player();
        machine.place(player.vcpu(), machine.cores().get(core));
        long before = lane.played();
        long nanosBefore = lane.nanos();
        try {
            if (lane.turn(most)) {
                queues.get(core).addLast(lane);
            }
        } catch (InputRefused e) {
            throw new InputRefused("VM %d, vCPU %d: %s".formatted(player.vm(), player.cpu(), e.getMessage()),
                    e.access());
        } finally {
            nanos += lane.nanos() - nanosBefore;
        }
        return lane.played() - before;
    }

    /** Who runs on a core next, taken out of its queue; null if nobody waits. */
    private @Nullable Lane next(int core) {
        Lane own = queues.get(core).pollFirst();
        if (own != null) {
            return own;
        }
        Deque<Lane> longest = queues.get(core);
        for (Deque<Lane> queue : queues) {
            // One that has its core for itself stays there.
            longest = queue.size() > Math.max(1, longest.size()) ? queue : longest;
        }
        return longest.pollLast();
    }

    @Override
    public void close() throws IOException {
        IOException failed = new IOException("closing what vCPUs play");
        for (AccessSource source : open) {
            try {
                source.close();
            } catch (IOException e) {
                failed.addSuppressed(e);
            }
        }
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
    }

    /** Nanoseconds that playing took, without reading. */
    long nanos() {
        return nanos;
    }

    /** How far the source is that has the most left, from 0 to 1, or negative when nobody knows. */
    double progress() {
        return queues.stream()
                .flatMap(Deque::stream)
                .mapToDouble(lane -> lane.source().progress())
                .min()
                .orElse(1);
    }
}
