/** What a program does to memory: rights, accesses, and batches of them. */
@NullMarked
package org.memvirt.api.access;

import org.jspecify.annotations.NullMarked;
