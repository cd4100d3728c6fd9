package org.memvirt.runner.scenario;

import java.util.Map;
import java.util.TreeMap;
import org.memvirt.runner.config.YamlNode;
import org.memvirt.runner.scenario.Action.Cpu;

/** What a scenario has made of one process so far: what it asks must make sense before anything runs. */
final class ProcessModel {
    final Cpu cpu;
    final int number;
    /** Whether it plays an input, which has events of its own. */
    final boolean plays;

    /** Bytes below a stack in which nothing else may lie (Linux: stack_guard_gap, 256 pages). */
    static final long GUARD = 1L << 20;

    private final String name;
    private boolean begun;
    private String endedAt = "";
    // By the first address: the address after the last, and where the range was mapped. Threads have the same.
    private final TreeMap<Long, Area> areas;

    /** @param guard bytes below that belong to it */
    private record Area(long end, String place, long guard) {}

    ProcessModel(String name, Cpu cpu, int number, boolean plays) {
        this(name, cpu, number, plays, new TreeMap<>());
    }

    private ProcessModel(String name, Cpu cpu, int number, boolean plays, TreeMap<Long, Area> areas) {
        this.name = name;
        this.cpu = cpu;
        this.number = number;
        this.plays = plays;
        this.areas = areas;
    }

    /** A process that begins as this one is now. */
    ProcessModel fork(String child, int itsNumber) {
        ProcessModel copy = new ProcessModel(child, cpu, itsNumber, false, new TreeMap<>(areas));
        copy.begun = true;
        return copy;
    }

    /** A thread that begins in the address space of this one. */
    ProcessModel thread(String child, int itsNumber) {
        ProcessModel thread = new ProcessModel(child, cpu, itsNumber, false, areas);
        thread.begun = true;
        return thread;
    }

    /** It does something; whether that is the first thing. */
    boolean begin() {
        boolean first = !begun;
        begun = true;
        return first;
    }

    /** Checks that the process can be asked for something. */
    void check(YamlNode step, String what) {
        if (plays) {
            throw step.wrong("%s: process '%s' plays an input, and what it maps, forks and ends is that input's"
                    .formatted(what, name));
        }
        if (!endedAt.isEmpty()) {
            throw step.wrong("%s: process '%s' has ended, at %s".formatted(what, name, endedAt));
        }
    }

    void end(YamlNode step) {
        endedAt = step.place();
    }

    void map(YamlNode step, long start, long end) {
        map(step, "map", start, end, 0);
    }

    /** A stack, below which nothing else may lie. */
    void stack(YamlNode step, long start, long end) {
        if (start < GUARD) {
            throw step.wrong("stack: below %#x there is no room for the gap of 1M that a stack has".formatted(start));
        }
        map(step, "stack", start, end, GUARD);
    }

    private void map(YamlNode step, String what, long start, long end, long guard) {
        Map.Entry<Long, Area> below = areas.lowerEntry(end);
        if (below != null && below.getValue().end() > start - guard) {
            throw step.wrong("%s: %#x to %#x overlaps %#x to %#x, which process '%s' has since %s; unmap that first"
                    .formatted(what, start - guard, end, below.getKey(), below.getValue().end(), name,
                            below.getValue().place()));
        }
        Map.Entry<Long, Area> above = areas.ceilingEntry(end);
        if (above != null && above.getKey() - above.getValue().guard() < end) {
            throw step.wrong("%s: %#x to %#x lies in the gap of 1M below the stack that process '%s' has since %s"
                    .formatted(what, start, end, name, above.getValue().place()));
        }
        areas.put(start, new Area(end, step.place(), guard));
    }

    /** Checks that all of a range is mapped. */
    void needs(YamlNode step, String what, long start, long end) {
        long at = start;
        while (at < end) {
            Map.Entry<Long, Area> around = areas.floorEntry(at);
            if (around == null || around.getValue().end() <= at) {
                throw step.wrong("%s: process '%s' has nothing at %#x; it has %s".formatted(what, name, at, text()));
            }
            at = around.getValue().end();
        }
    }

    void unmap(YamlNode step, long start, long end) {
        needs(step, "unmap", start, end);
        Map.Entry<Long, Area> below = areas.lowerEntry(end);
        while (below != null && below.getValue().end() > start) {
            Area area = below.getValue();
            areas.remove(below.getKey());
            if (below.getKey() < start) {
                areas.put(below.getKey(), new Area(start, area.place(), area.guard()));
            }
            if (area.end() > end) {
                areas.put(end, new Area(area.end(), area.place(), 0));
            }
            below = areas.lowerEntry(end);
        }
    }

    private String text() {
        if (areas.isEmpty()) {
            return "nothing mapped";
        }
        StringBuilder text = new StringBuilder();
        areas.forEach((start, area) -> text.append(text.isEmpty() ? "" : ", ")
                .append("%#x to %#x".formatted(start, area.end())));
        return text.toString();
    }
}
