/** The simulated machine: memory, TLBs, walk caches, vCPUs, the guest kernel, and what is counted. */
@NullMarked
package org.memvirt.engine;

import org.jspecify.annotations.NullMarked;
