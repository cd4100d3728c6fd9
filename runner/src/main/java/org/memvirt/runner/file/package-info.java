/** Files: read after decompression, written whole or not at all. */
@NullMarked
package org.memvirt.runner.file;

import org.jspecify.annotations.NullMarked;
