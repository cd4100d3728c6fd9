/** What page tables in a memory image map, and how it is told. */
@NullMarked
package org.memvirt.runner.inspect;

import org.jspecify.annotations.NullMarked;
