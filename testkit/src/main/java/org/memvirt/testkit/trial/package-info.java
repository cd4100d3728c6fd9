/** What every contract test needs: seeded random numbers, and the measuring of allocations. */
@NullMarked
package org.memvirt.testkit.trial;

import org.jspecify.annotations.NullMarked;
