/** The guest kernel: its memory, its processes, its page tables. */
@NullMarked
package org.memvirt.engine.guest;

import org.jspecify.annotations.NullMarked;
