/** The commands of the command line, and how they begin and end. */
@NullMarked
package org.memvirt.runner.command;

import org.jspecify.annotations.NullMarked;
