/** What an architecture's operations remove from the caches of translations, as data. */
@NullMarked
package org.memvirt.api.invalidation;

import org.jspecify.annotations.NullMarked;
