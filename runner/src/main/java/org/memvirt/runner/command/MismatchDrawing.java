package org.memvirt.runner.command;

import java.util.stream.Collectors;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.walk.Walk;
import org.memvirt.runner.conform.WalkText;

/** Draws the walk of a mismatch as {@code memvirt walk} does, set in. */
final class MismatchDrawing implements WalkText {
    private final WalkSteps steps = new WalkSteps();

    @Override
    public void start(Walk walk) {
        steps.steps().clear(); // What came before was the loading of registers.
    }

    @Override
    public void reference(int guestLevel, int hostLevel, long address, long entry) {
        steps.reference(guestLevel, hostLevel, address, entry);
    }

    @Override
    public String text(Regime regime, Walk walk) {
        return WalkDrawing.of(regime, steps.steps(), walk)
                .text()
                .lines()
                .map(line -> line.isEmpty() ? "\n" : "  " + line + "\n")
                .collect(Collectors.joining());
    }
}
