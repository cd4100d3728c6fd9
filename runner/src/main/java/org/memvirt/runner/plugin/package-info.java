/** How backends are found: on the class path and in the jars of a plug-in folder. */
@NullMarked
package org.memvirt.runner.plugin;

import org.jspecify.annotations.NullMarked;
