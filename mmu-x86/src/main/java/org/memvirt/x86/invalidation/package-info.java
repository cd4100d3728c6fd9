/** What x86 processors remove from their caches of translations, and when. */
@NullMarked
package org.memvirt.x86.invalidation;

import org.jspecify.annotations.NullMarked;
