package org.memvirt.runner.scenario;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.workload.AccessSource;

/**
 * What the processes of one vCPU play, in turn. An input may have processes of its own, which get numbers beside those of the
 * others.
 */
final class Programs implements AccessSource {
    private final Deque<Program> waiting = new ArrayDeque<>();
    private final List<AccessSource> all = new ArrayList<>();
    private int numbered;
    private int running = -1;
    private long left;

    private final class Program {
        final AccessSource source;
        final long turn;
        final AccessBatch read = new AccessBatch();
        // The numbers on the vCPU of the input's own processes.
        final Map<Integer, Integer> numbers = new HashMap<>();
        int at;
        int current;

        Program(AccessSource source, int process, long turn) {
            this.source = source;
            this.turn = turn;
            numbers.put(0, process);
            current = process;
        }

        int number(int own) {
            return numbers.computeIfAbsent(own, missing -> numbered++);
        }

        GuestEvent translated(GuestEvent event) {
            return switch (event) {
                case GuestEvent.Switch(int process) -> {
                    current = number(process);
                    running = current;
                    yield new GuestEvent.Switch(current);
                }
                case GuestEvent.Fork(int child) -> new GuestEvent.Fork(number(child));
                case GuestEvent.StartThread(int child) -> new GuestEvent.StartThread(number(child));
                case GuestEvent.Exit() -> {
                    int ended = current;
                    numbers.values().removeIf(number -> number == ended);
                    yield event;
                }
                default -> event;
            };
        }
    }

    /** A number for another process of the vCPU. */
    int newNumber() {
        return numbered++;
    }

    /** A process plays from now on. */
    void add(AccessSource source, int process, long turn) {
        all.add(source);
        waiting.addLast(new Program(source, process, turn));
    }

    /** The process that ran last, by its number; -1 for none. */
    int running() {
        return running;
    }

    /** Whether nothing plays. */
    boolean isEmpty() {
        return waiting.isEmpty();
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        batch.clear();
        while (!waiting.isEmpty()) {
            Program program = waiting.getFirst();
            if (program.at == program.read.length) {
                program.at = 0;
                if (!program.source.fill(program.read)) {
                    waiting.removeFirst();
                    left = 0;
                    continue;
                }
            }
            if (left == 0) {
                left = program.turn;
            }
            give(program, batch);
            return true;
        }
        return false;
    }

    private void give(Program program, AccessBatch batch) {
        if (running != program.current) {
            running = program.current;
            batch.add(new GuestEvent.Switch(running));
        }
        if (program.at == 0) {
            program.read.events().forEach(event -> batch.add(program.translated(event)));
        }
        int count = batch.add(program.read, program.at, (int) Math.min(left, batch.capacity()));
        program.at += count;
        left -= count;
        if (left == 0) {
            waiting.addLast(waiting.removeFirst());
        }
    }

    @Override
    public void close() throws IOException {
        for (AccessSource source : all) {
            source.close();
        }
    }
}
