/** What a page-table format is, and software's hands on its tables. */
@NullMarked
package org.memvirt.api.table;

import org.jspecify.annotations.NullMarked;
