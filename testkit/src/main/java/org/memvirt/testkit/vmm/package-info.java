/** Guests by script, and what they must see whatever the strategy. */
@NullMarked
package org.memvirt.testkit.vmm;

import org.jspecify.annotations.NullMarked;
