/** TLBs and walk caches of processors, as data, each with its source. */
@NullMarked
package org.memvirt.arm.preset;

import org.jspecify.annotations.NullMarked;
