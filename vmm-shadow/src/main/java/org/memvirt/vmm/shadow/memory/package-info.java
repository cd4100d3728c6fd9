/** The guest's physical memory, as the VMM's software reaches it. */
@NullMarked
package org.memvirt.vmm.shadow.memory;

import org.jspecify.annotations.NullMarked;
