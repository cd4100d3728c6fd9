/** Policies of the host's memory manager: what it logs, copies, takes away, merges and moves, and when. */
@NullMarked
package org.memvirt.engine.host;

import org.jspecify.annotations.NullMarked;
