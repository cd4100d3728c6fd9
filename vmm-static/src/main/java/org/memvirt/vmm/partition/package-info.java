/** Static partitioning: a VM owns one contiguous piece of the machine; and the machine without a VMM. */
@NullMarked
package org.memvirt.vmm.partition;

import org.jspecify.annotations.NullMarked;
