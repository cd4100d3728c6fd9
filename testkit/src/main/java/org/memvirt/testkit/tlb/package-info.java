/** What a TLB owes, and a TLB that is trivially right to compare it with. */
@NullMarked
package org.memvirt.testkit.tlb;

import org.jspecify.annotations.NullMarked;
