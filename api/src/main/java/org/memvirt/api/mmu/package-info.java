/** Page-table formats, walks, TLBs, and what an MMU architecture offers. */
@NullMarked
package org.memvirt.api.mmu;

import org.jspecify.annotations.NullMarked;
