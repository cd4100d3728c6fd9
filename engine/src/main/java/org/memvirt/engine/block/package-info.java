/**
 * The TLB that machines have, {@link org.memvirt.engine.block.SetAssociativeTlb}: it looks whole blocks of accesses up before
 * the walks of those that miss are made, so that these can be made side by side. Without it {@code org.memvirt.engine.tlb} does
 * the same one access after another.
 *
 * <p>A block is exact as long as each of its walks succeeds and gives a page of the size and with the rights that were
 * foreseen. Where one does not, the block is undone and its accesses are made again one by one, with the answers that there are.
 *
 * <p>{@code LookupBlock} is for two levels, the first split and LRU, with small pages alone: {@code L1Filter} leaves out the
 * accesses that cannot change level 1, and {@code L1Pass} and {@code L2Pass} pass over the others. Level 1 is kept as rows in
 * the order of use where its sets have few ways ({@code L1SetsPass}), and by times of use where they have ten and more ({@code
 * L1TimesPass}). {@code LevelsBlock} is for any geometry and any page sizes.
 */
@NullMarked
package org.memvirt.engine.block;

import org.jspecify.annotations.NullMarked;
