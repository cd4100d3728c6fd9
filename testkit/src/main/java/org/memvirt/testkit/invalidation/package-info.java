/** Caches that hold everything, and what a table of invalidations owes to the manual that it was read from. */
@NullMarked
package org.memvirt.testkit.invalidation;

import org.jspecify.annotations.NullMarked;
