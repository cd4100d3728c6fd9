/** Memory images of real machines, as files. */
@NullMarked
package org.memvirt.runner.image;

import org.jspecify.annotations.NullMarked;
