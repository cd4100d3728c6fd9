/**
 * The x86 MMU: the page tables of every paging mode, EPT and AMD's nested tables, their faults, and what processors of
 * both makers cache. Sections are cited by title, since their numbers change with the editions: "SDM" is the Intel 64
 * and IA-32 Architectures Software Developer's Manual, volume 3; "APM" the AMD64 Architecture Programmer's Manual,
 * volume 2.
 */
@NullMarked
package org.memvirt.x86;

import org.jspecify.annotations.NullMarked;
