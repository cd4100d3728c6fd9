package org.memvirt.vmm.shadow;

import org.jspecify.annotations.Nullable;

/** An entry of a shadow table that leads to a shadow page, which others may lead to, too. */
final class ShadowLink extends Built {
    final ShadowTable parent;
    final ShadowTable child;

    ShadowLink(ShadowTable parent, ShadowTable child, @Nullable GuestEntry origin) {
        super(origin);
        this.parent = parent;
        this.child = child;
    }

    /** The first address that it translates. */
    long address() {
        return child.role.base();
    }

    /** The last one. */
    long lastAddress() {
        return child.role.base() + (1L << child.coverShift()) - 1;
    }

    @Override
    public String toString() {
        return "the link of %s to %s".formatted(parent, child);
    }
}
