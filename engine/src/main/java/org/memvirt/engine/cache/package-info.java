/** TLBs, walk caches and nested TLBs. */
@NullMarked
package org.memvirt.engine.cache;

import org.jspecify.annotations.NullMarked;
