/**
 * The MMU of MIPS32 and MIPS64 processors, release 2, as the Privileged Resource Architecture (PRA) defines it: <i>MIPS32</i>
 * and <i>MIPS64 Architecture For Programmers, Volume III</i>, MD00090 and MD00091. Sections are named by their titles,
 * instructions are those of Volume II, MD00086 and MD00087.
 *
 * <p>{@link org.memvirt.mips.MipsTlb} is the TLB with the segments around it, and {@link org.memvirt.mips.MipsProcessor} the
 * registers and instructions by which software handles it.
 */
@NullMarked
package org.memvirt.mips;

import org.jspecify.annotations.NullMarked;
