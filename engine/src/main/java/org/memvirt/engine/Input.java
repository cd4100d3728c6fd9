package org.memvirt.engine;

import java.io.IOException;
import org.memvirt.api.workload.AccessSource;

/** Where a run's accesses come from; opened once, or again for each pass that must read it anew. */
@FunctionalInterface
public interface Input {
    AccessSource open() throws IOException;
}
