/** Contract tests that the author of a plug-in inherits, and a small assembled machine to try one in. */
@NullMarked
package org.memvirt.testkit;

import org.jspecify.annotations.NullMarked;
