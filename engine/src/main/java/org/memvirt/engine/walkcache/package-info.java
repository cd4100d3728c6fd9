/**
 * What walks keep: {@link org.memvirt.engine.walkcache.WalkCache} the tables that they found by the upper bits of an address,
 * {@link org.memvirt.engine.walkcache.EntryCachePort} the entries that they read, and {@link
 * org.memvirt.engine.walkcache.NestedTranslations}, the nested TLB, where guest-physical pages lie. Each is made of
 * {@code AssociativeCache}s; {@code LruReplay} plays a run of uses on one of them at once, as {@link
 * org.memvirt.engine.walkcache.EntryReplay} does with what walks made side by side have read.
 */
@NullMarked
package org.memvirt.engine.walkcache;

import org.jspecify.annotations.NullMarked;
