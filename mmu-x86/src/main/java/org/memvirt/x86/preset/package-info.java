/**
 * What processors cache of translations, one part a file, with the source and the date of each figure. How a full set
 * chooses its victim is nowhere told; all presets take the least recently used, which is an estimate.
 *
 * <p>"CPUID" means the processor's own answer: leaf 2 or 18H of Intel's, 80000005H, 80000006H and 80000019H of AMD's,
 * from the dumps that libcpuid keeps as tests (state of June 2026), read by the tables of each maker's manual.
 */
@NullMarked
package org.memvirt.x86.preset;

import org.jspecify.annotations.NullMarked;
