/** Synthetic workloads: seeded streams of accesses, the same on every machine. */
@NullMarked
package org.memvirt.runner.workload;

import org.jspecify.annotations.NullMarked;
