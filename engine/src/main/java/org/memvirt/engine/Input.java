package org.memvirt.engine;

import java.io.IOException;
import org.memvirt.api.workload.AccessSource;

/** Where a run's accesses come from; opened once for each run that plays it. */
@FunctionalInterface
public interface Input {
    AccessSource open() throws IOException;
}
