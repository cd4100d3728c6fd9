/** One vCPU: the way of an access, from TLB to walk to fault. */
@NullMarked
package org.memvirt.engine.cpu;

import org.jspecify.annotations.NullMarked;
