package org.memvirt.engine;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** Something that has VMs, their processes and the host do one thing after another. */
public interface MachineScript {
    /**
     * Has all of it happen, on a machine whose first VM is there.
     *
     * @param stopped asked from time to time whether to stop
     * @param made told of accesses that were made
     * @throws IOException when something that it plays cannot be read or is broken
     */
    void play(Machine machine, BooleanSupplier stopped, LongConsumer made) throws IOException;

    /** How far it is, from 0 to 1, or negative when nobody knows. */
    double progress();
}
