package org.memvirt.runner.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.memvirt.api.walk.WalkObserver;

/** Keeps what happens at a miss of a TLB that software fills: the handler's loads, and between them what the VMM does. */
final class RefillSteps implements WalkObserver {
    private final WalkSteps loads = new WalkSteps();
    private final List<String> lines = new ArrayList<>();
    private boolean exits;

    @Override
    public void reference(int guestLevel, int hostLevel, long address, long entry) {
        loads.reference(guestLevel, hostLevel, address, entry);
        lines.add("the handler's load %d".formatted(loads.steps().size()));
    }

    @Override
    public void exit(String cause) {
        exits = true;
        lines.add("exit: " + cause);
    }

    @Override
    public void step(String what) {
        lines.add(what);
    }

    List<WalkSteps.Step> loads() {
        return loads.steps();
    }

    /** All of it in order, as numbered lines; empty if the VMM has no part in it. */
    String text() {
        if (!exits) {
            return "";
        }
        StringBuilder text = new StringBuilder("%n  in order%n".formatted());
        for (int i = 0; i < lines.size(); i++) {
            text.append("%4d  %s%n".formatted(i + 1, lines.get(i)));
        }
        return text.toString();
    }

    /** Adds it to the JSON, if the VMM has a part in it. */
    void addTo(Map<String, Object> tree) {
        if (exits) {
            tree.put("inOrder", List.copyOf(lines));
        }
    }
}
