/** What is said when the command line or a configuration is wrong. */
@NullMarked
package org.memvirt.runner.usage;

import org.jspecify.annotations.NullMarked;
