/** Files of recorded vectors, played side by side. */
@NullMarked
package org.memvirt.runner.conform;

import org.jspecify.annotations.NullMarked;
