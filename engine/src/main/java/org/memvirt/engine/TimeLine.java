package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Section;
import org.memvirt.engine.cpu.Counters;

/** What a machine counted from one point of a run to the next, and what there was then. */
final class TimeLine {
    private static final int TLB_MISSES = 0;
    private static final int WALKS = 1;
    private static final int REFERENCES = 2;
    private static final int HANDLERS = 3;
    private static final int GUEST_FAULTS = 4;
    private static final int EXITS = 5;

    private final Machine machine;
    private final long every;
    private final List<SimulationResult.Point> points = new ArrayList<>();
    private long[] before;
    private long sinceLast;
    private boolean begun;

    /** @param every accesses from one point to the next, 1 or more */
    TimeLine(Machine machine, long every) {
        if (every < 1) {
            throw new IllegalArgumentException("points lie at least one access apart, not " + every);
        }
        this.machine = machine;
        this.every = every;
        before = now();
    }

    /** Counting has begun. */
    void begin() {
        begun = true;
        sinceLast = 0;
        points.clear();
        before = now();
    }

    /** Accesses until the next point. */
    long left() {
        return begun ? every - sinceLast : Long.MAX_VALUE;
    }

    /** So many accesses were made; a point lies where that is enough. */
    void made(long accesses) {
        sinceLast += accesses;
        if (begun && sinceLast >= every) {
            sinceLast = 0;
            long[] now = now();
            points.add(point(now));
            before = now;
        }
    }

    private long[] now() {
        Counters counters = machine.counters();
        return new long[] {
            Results.lastMisses(counters.tlb()), counters.walks.walks, counters.walks.references(),
            counters.counts.sum(Section.HANDLERS), counters.get(Count.GUEST_FAULTS), counters.exits.total()
        };
    }

    private SimulationResult.Point point(long[] now) {
        return new SimulationResult.Point(
                machine.counters().accesses(),
                now[TLB_MISSES] - before[TLB_MISSES],
                now[WALKS] - before[WALKS],
                now[REFERENCES] - before[REFERENCES],
                now[HANDLERS] - before[HANDLERS],
                now[GUEST_FAULTS] - before[GUEST_FAULTS],
                now[EXITS] - before[EXITS],
                machine.guestTableBytes(),
                machine.vmmTableBytes(),
                machine.guestBytes(),
                machine.hostBytes());
    }

    /** All points until now, and one for what came after the last. */
    SimulationResult.OverTime soFar() {
        List<SimulationResult.Point> all = new ArrayList<>(points);
        long last = points.isEmpty() ? 0 : points.getLast().accesses();
        if (machine.counters().accesses() > last) {
            all.add(point(now()));
        }
        return new SimulationResult.OverTime(every, List.copyOf(all));
    }
}
