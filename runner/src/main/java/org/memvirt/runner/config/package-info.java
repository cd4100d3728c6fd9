/** From the command line and a configuration file to machines and inputs, with everything resolved. */
@NullMarked
package org.memvirt.runner.config;

import org.jspecify.annotations.NullMarked;
