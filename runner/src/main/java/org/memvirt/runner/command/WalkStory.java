package org.memvirt.runner.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;

/**
 * What happened at the first touch of an address, told in order: each walk of hardware and of the VMM's software, each exit,
 * and what was done. Of strategies that tell nothing there is no story.
 */
final class WalkStory implements WalkObserver {
    private final List<String> lines = new ArrayList<>();
    private int references;
    private boolean software;
    private boolean told;

    @Override
    public void start(Walk walk) {
        references = 0;
        software = false;
    }

    @Override
    public void softwareWalk(Walk walk) {
        references = 0;
        software = true;
    }

    @Override
    public void reference(int guestLevel, int hostLevel, long address, long entry) {
        references++;
    }

    @Override
    public void end(Walk walk) {
        lines.add("%s walks for %s of %#x: %d reference%s, %s"
                .formatted(
                        software ? "the VMM" : "hardware",
                        Rights.text(walk.access),
                        walk.inputAddress,
                        references,
                        references == 1 ? "" : "s",
                        walk.fault == Fault.NONE
                                ? "%s %#x, allows %s"
                                        .formatted(software ? "gPA" : "hPA", walk.outputAddress,
                                                Rights.text(walk.allowed))
                                : "%s at level %d".formatted(walk.fault, walk.faultLevel)));
        software = false;
    }

    @Override
    public void exit(String cause) {
        lines.add("exit: " + cause);
    }

    @Override
    public void step(String what) {
        told = true;
        lines.add(what);
    }

    @Override
    public void guestFault(Fault fault) {
        lines.add("the guest's kernel deals with " + fault);
    }

    /** Its lines, numbered; empty if there is none. */
    String text() {
        if (!told) {
            return "";
        }
        StringBuilder text = new StringBuilder("%n  the first touch%n".formatted());
        for (int i = 0; i < lines.size(); i++) {
            text.append("%4d  %s%n".formatted(i + 1, Wrapped.text(lines.get(i), 6)));
        }
        return text.toString();
    }

    /** Adds it to a walk's JSON, if there is one. */
    void addTo(Map<String, Object> tree) {
        if (told) {
            tree.put("firstTouch", List.copyOf(lines));
        }
    }
}
