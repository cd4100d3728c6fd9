/** Trap and emulate: the TLB of a guest whose hardware knows the TLB alone. The VMM keeps it, and fills hardware's from it. */
@NullMarked
package org.memvirt.vmm.shadow.tlb;

import org.jspecify.annotations.NullMarked;
