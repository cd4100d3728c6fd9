/** Scenarios: what VMs and their processes do, one step after another, as YAML says it. */
@NullMarked
package org.memvirt.runner.scenario;

import org.jspecify.annotations.NullMarked;
