/**
 * TLBs, one access after another: arrays of sets, the levels that they make, and the order in which entries are used.
 *
 * <p>{@link org.memvirt.engine.tlb.TlbLevels} is the whole: it looks levels up, fills them from the last to the first, and
 * removes what invalidations name, by the {@code Tags} of spaces and VMs. Each level is a {@code TlbGroup} of {@link
 * org.memvirt.engine.tlb.TlbArray}s that are looked up together. An array finds its entries by {@code KeySearch} and replaces
 * them by {@code UseOrder}, at level 1 by the times of {@code Uses}; {@code MruFilter} answers the accesses that change nothing
 * but such a time. {@code Pending} and {@code Walked} are for entries whose walks are not made yet, which only blocks leave:
 * see {@code org.memvirt.engine.block}.
 */
@NullMarked
package org.memvirt.engine.tlb;

import org.jspecify.annotations.NullMarked;
