/** Host-physical memory, who gets which frame of it, and the port that reads it. */
@NullMarked
package org.memvirt.engine.memory;

import org.jspecify.annotations.NullMarked;
