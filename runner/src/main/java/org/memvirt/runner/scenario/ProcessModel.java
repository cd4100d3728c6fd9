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

    private final String name;
    private boolean begun;
    private String endedAt = "";
    // By the first address: the address after the last, and where the range was mapped.
    private final TreeMap<Long, Area> areas = new TreeMap<>();

    private record Area(long end, String place) {}

    ProcessModel(String name, Cpu cpu, int number, boolean plays) {
        this.name = name;
        this.cpu = cpu;
        this.number = number;
        this.plays = plays;
    }

    /** A process that begins as this one is now. */
    ProcessModel fork(String child, int itsNumber) {
        ProcessModel copy = new ProcessModel(child, cpu, itsNumber, false);
        copy.areas.putAll(areas);
        copy.begun = true;
        return copy;
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
        areas.clear();
    }

    void map(YamlNode step, long start, long end) {
        Map.Entry<Long, Area> below = areas.lowerEntry(end);
        if (below != null && below.getValue().end() > start) {
            throw step.wrong("map: %#x to %#x overlaps %#x to %#x, which process '%s' has since %s; unmap that first"
                    .formatted(start, end, below.getKey(), below.getValue().end(), name, below.getValue().place()));
        }
        areas.put(start, new Area(end, step.place()));
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
                areas.put(below.getKey(), new Area(start, area.place()));
            }
            if (area.end() > end) {
                areas.put(end, area);
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
