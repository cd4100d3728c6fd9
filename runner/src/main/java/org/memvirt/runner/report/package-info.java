/** Results for programs (JSON, CSV) and for people (tables). */
@NullMarked
package org.memvirt.runner.report;

import org.jspecify.annotations.NullMarked;
