/** JMH benchmarks: each asks one question about the ways that a simulation spends its time on. */
@NullMarked
package org.memvirt.bench;

import org.jspecify.annotations.NullMarked;
