/**
 * The table of what a machine counts: {@link org.memvirt.engine.count.Count} names and defines each count, once. Results,
 * metrics, reports and audits read the table; whoever counts adds to {@link org.memvirt.engine.count.Counts}.
 *
 * <p>Apart from it stand counts of another shape: look-ups by group of TLBs and level of walk caches, walks with the matrix of
 * their references ({@code WalkCounts}), exits by cause ({@code ExitLedger}) and what a strategy counts of its own
 * ({@code VmmCounter}).
 */
@NullMarked
package org.memvirt.engine.count;

import org.jspecify.annotations.NullMarked;
