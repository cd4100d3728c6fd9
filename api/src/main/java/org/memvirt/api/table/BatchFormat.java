package org.memvirt.api.table;

import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.WalkBatch;

/**
 * A format that can make walks side by side: an optimisation that no plug-in needs. A format without it makes all walks
 * alone.
 */
public interface BatchFormat extends PageTableFormat {
    /**
     * Makes walks side by side, as far as they are plain. Once a batch; must not allocate.
     *
     * @param count the walks that are asked for, at most {@link WalkBatch#CAPACITY}
     * @return how many of them, from the first on, are plain and were made
     */
    int walkBatch(WalkBatch walks, int count, BatchPort port);
}
