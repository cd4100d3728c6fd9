/** What a page-table format owes, split by concern; {@code PageTableFormatContract} has all of it. */
@NullMarked
package org.memvirt.testkit.format;

import org.jspecify.annotations.NullMarked;
