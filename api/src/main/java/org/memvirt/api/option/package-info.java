/** Options that a plug-in declares. */
@NullMarked
package org.memvirt.api.option;

import org.jspecify.annotations.NullMarked;
