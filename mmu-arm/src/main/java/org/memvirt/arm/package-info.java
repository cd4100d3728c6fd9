/**
 * The MMU of Arm's A-profile in AArch64 state: the Virtual Memory System Architecture of Armv8-A and Armv9-A, both stages of the
 * EL1&amp;0 translation regime, its faults, and what processors cache. Sections are cited by title, since their numbers change
 * with the editions: "Arm ARM" is the Arm Architecture Reference Manual for A-profile architecture (DDI 0487); its
 * pseudocode is cited by the names of its functions.
 */
@NullMarked
package org.memvirt.arm;

import org.jspecify.annotations.NullMarked;
