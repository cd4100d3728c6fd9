/** A small assembled machine for tests. */
@NullMarked
package org.memvirt.testkit.machine;

import org.jspecify.annotations.NullMarked;
