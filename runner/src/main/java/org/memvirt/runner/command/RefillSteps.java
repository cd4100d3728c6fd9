package org.memvirt.runner.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;

/** Keeps what happens at a miss of a TLB that software fills: the handlers' loads, and between them what the VMM does. */
final class RefillSteps implements WalkObserver {
    private final WalkSteps loads = new WalkSteps();
    private final List<String> lines = new ArrayList<>();
    /** Whether more happened than the loads of one handler. */
    private boolean hasMore;
    // Of a walk that the VMM makes.
    private boolean ofVmm;
    private int references;

    @Override
    public void softwareWalk(Walk walk) {
        ofVmm = true;
        references = 0;
    }

    @Override
    public void end(Walk walk) {
        if (ofVmm) {
            ofVmm = false;
            lines.add("the VMM walks its table for gPA %#x: %d references".formatted(walk.inputAddress, references));
        }
    }

    @Override
    public void reference(int guestLevel, int hostLevel, long address, long entry) {
        if (ofVmm) {
            references++;
            return;
        }
        loads.reference(guestLevel, hostLevel, address, entry);
        lines.add("the handler's load %d".formatted(loads.steps().size()));
    }

    @Override
    public void exit(String cause) {
        hasMore = true;
        lines.add("exit: " + cause);
    }

    @Override
    public void step(String what) {
        hasMore = true;
        lines.add(what);
    }

    List<WalkSteps.Step> loads() {
        return loads.steps();
    }

    /** All of it in order, as numbered lines; empty if it is one handler's loads alone. */
    String text() {
        if (!hasMore) {
            return "";
        }
        StringBuilder text = new StringBuilder("%n  in order%n".formatted());
        for (int i = 0; i < lines.size(); i++) {
            text.append("%4d  %s%n".formatted(i + 1, lines.get(i)));
        }
        return text.toString();
    }

    /** Adds it to the JSON, if it is more than one handler's loads. */
    void addTo(Map<String, Object> tree) {
        if (hasMore) {
            tree.put("inOrder", List.copyOf(lines));
        }
    }
}
