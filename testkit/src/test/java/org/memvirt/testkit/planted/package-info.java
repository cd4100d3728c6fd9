/** Formats with planted bugs, and the contracts that catch them. */
@NullMarked
package org.memvirt.testkit.planted;

import org.jspecify.annotations.NullMarked;
