/** Page tables in a memory image: what is read, and what is told of them. */
@NullMarked
package org.memvirt.api.image;

import org.jspecify.annotations.NullMarked;
