/** Shadow page tables: the VMM composes the guest's page table with its own memory, and hardware walks the result alone. */
@NullMarked
package org.memvirt.vmm.shadow;

import org.jspecify.annotations.NullMarked;
