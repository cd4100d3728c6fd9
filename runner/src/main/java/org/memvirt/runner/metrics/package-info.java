/** A machine's counters as Prometheus metrics, by Micrometer. Loaded only when asked for. */
@NullMarked
package org.memvirt.runner.metrics;

import org.jspecify.annotations.NullMarked;
