package org.memvirt.runner.command;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.walk.WalkObserver;

/** Keeps the references of one walk, in their order. */
final class WalkSteps implements WalkObserver {
    /**
     * One reference.
     *
     * @param guestLevel the stage-1 level, or 0 for the walk of the final gPA
     * @param hostLevel the stage-2 level, or 0 for an entry of the stage-1 table
     * @param address where the entry lies, host-physical
     * @param entry the aligned 64-bit word that contains it
     */
    record Step(int guestLevel, int hostLevel, long address, long entry) {}

    private final List<Step> steps = new ArrayList<>();

    @Override
    public void reference(int guestLevel, int hostLevel, long address, long entry) {
        steps.add(new Step(guestLevel, hostLevel, address, entry));
    }

    List<Step> steps() {
        return steps;
    }
}
