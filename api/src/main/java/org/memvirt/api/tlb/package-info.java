/** TLBs, and the presets of TLBs, walk caches and nested TLBs. */
@NullMarked
package org.memvirt.api.tlb;

import org.jspecify.annotations.NullMarked;
