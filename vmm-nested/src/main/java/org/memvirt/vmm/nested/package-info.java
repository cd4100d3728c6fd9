/** Nested paging: hardware walks the guest's page table and, for every address in it, a second-stage table of the VMM. */
@NullMarked
package org.memvirt.vmm.nested;

import org.jspecify.annotations.NullMarked;
