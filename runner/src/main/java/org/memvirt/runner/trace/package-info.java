/** Traces: how files become accesses, and accesses files. */
@NullMarked
package org.memvirt.runner.trace;

import org.jspecify.annotations.NullMarked;
