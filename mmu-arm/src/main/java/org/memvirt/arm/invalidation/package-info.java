/** What the TLB maintenance instructions remove, as a table. */
@NullMarked
package org.memvirt.arm.invalidation;

import org.jspecify.annotations.NullMarked;
