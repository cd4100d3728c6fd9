/** Traces and synthetic workloads. */
@NullMarked
package org.memvirt.api.workload;

import org.jspecify.annotations.NullMarked;
