/** Radix page tables: one walk, one editor, one listing for every format that gives its geometry. */
@NullMarked
package org.memvirt.api.radix;

import org.jspecify.annotations.NullMarked;
