/** One walk of a page table: the question, the answer, the references made, the port it reads through. */
@NullMarked
package org.memvirt.api.walk;

import org.jspecify.annotations.NullMarked;
