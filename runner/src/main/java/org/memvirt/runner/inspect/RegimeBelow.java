package org.memvirt.runner.inspect;

import java.util.List;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** The tables that registers set up, with a second stage below that was given apart from them. */
public record RegimeBelow(Regime first, TableRoot stageTwo) implements Regime {
    @Override
    public List<TableRoot> stageOne() {
        return first.stageOne();
    }

    @Override
    public TableRoot stageOne(long inputAddress) {
        return first.stageOne(inputAddress);
    }

    @Override
    public WalkPort load(Walk walk, WalkPort port) {
        return first.load(walk, port);
    }

    @Override
    public EncodedFault encode(Walk walk) {
        return first.encode(walk);
    }
}
