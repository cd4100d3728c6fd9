/** Virtualization strategies: ports, exits, and what a VMM owes its guest. */
@NullMarked
package org.memvirt.api.vmm;

import org.jspecify.annotations.NullMarked;
