/** Recorded vectors: what a processor answered to accesses through tables in memory, read, played and compared. */
@NullMarked
package org.memvirt.conform;

import org.jspecify.annotations.NullMarked;
