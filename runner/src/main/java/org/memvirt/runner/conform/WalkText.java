package org.memvirt.runner.conform;

import org.memvirt.api.architecture.Regime;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;

/** Draws one walk: told its steps first, then asked for the text. */
public interface WalkText extends WalkObserver {
    /** The drawing, as lines of text, of the walk whose steps were told; {@code walk} is as it ended. */
    String text(Regime regime, Walk walk);
}
