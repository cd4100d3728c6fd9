/** The entry point of the command line. */
@NullMarked
package org.memvirt.runner;

import org.jspecify.annotations.NullMarked;
