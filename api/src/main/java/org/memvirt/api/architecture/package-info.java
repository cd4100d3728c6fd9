/** One processor architecture: its formats or its TLB, its registers, tags, presets and fault codes. */
@NullMarked
package org.memvirt.api.architecture;

import org.jspecify.annotations.NullMarked;
