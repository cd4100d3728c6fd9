package org.memvirt.vmm.shadow;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Walk;

/**
 * The way from the root of a shadow down to the page that maps an address, where shadows share pages: each page stands for the
 * table of the guest that the same walk has read, the smallest that covers what the page does.
 */
final class ShadowPath {
    private final ShadowTables tables;
    private final boolean sharing;

    ShadowPath(ShadowTables tables, boolean sharing) {
        this.tables = tables;
        this.sharing = sharing;
    }

    /** Where on the way the table was first read that covers 2^coverShift addresses: the last of those, or else the top. */
    private static int covering(GuestTablePort way, PageTableFormat guest, int coverShift) {
        int best = 0;
        for (int i = 1; i < way.length(); i++) {
            if (way.level(i) != way.level(i - 1) && guest.coverShift(way.level(i)) >= coverShift) {
                best = i;
            }
        }
        return best;
    }

    private boolean isShared(ShadowTable root, PageTableFormat guest, GuestTablePort way) {
        return sharing
                && root.format.ofRoot(root.role.number()).hasParts()
                && guest.coverShift(1) != 0
                && way.length() != 0;
    }

    private static PageTableFormat guestFormat(ShadowTable root, Walk guest) {
        PageTableFormat whole = root.role.guestFormat();
        return whole.ofRoot(whole.rootOf(guest.inputAddress));
    }

    /**
     * Links the pages on the way that other shadows have already, and those between that they need; nothing where the address is
     * mapped. A page is brought in step first: the guest invalidates nothing where its table was not in use.
     *
     * @param way tracked
     * @return whether anything was linked
     */
    boolean attach(ShadowTable root, Walk guest, GuestTablePort way) {
        if (!isShared(root, guestFormat(root, guest), way) || root.at(guest.inputAddress) != null) {
            return false;
        }
        int linked = lowestLinked(root, guest.inputAddress);
        if (tables.guestTables().isAnyOutOfStep()) {
            bringInStep(root, guest, way, linked);
        }
        for (int level = 1; level < linked; level++) {
            if (tables.find(role(root, guest, way, level)) != null) {
                descend(root, guest, way, level);
                return true;
            }
        }
        return false;
    }

    /** Of the pages on the way that are below a level: what was built from entries that have changed since goes. */
    private void bringInStep(ShadowTable root, Walk guest, GuestTablePort way, int below) {
        for (int level = 1; level < below; level++) {
            ShadowTable page = tables.find(role(root, guest, way, level));
            if (page != null) {
                tables.sync(page);
            }
        }
    }

    /** The level of the lowest page that is linked for an address; one more than any page has if none is. */
    private static int lowestLinked(ShadowTable root, long address) {
        ShadowTable table = root;
        for (ShadowLink link = root.linkAt(address); link != null; link = table.linkAt(address)) {
            table = link.child;
        }
        return table == root ? root.format.ofRoot(root.role.number()).levels() : table.role.level();
    }

    /** The page, or the shadow itself where nothing is shared, that a leaf of 2^shift bytes goes into; it is made if need be. */
    ShadowTable pageFor(ShadowTable root, Walk guest, GuestTablePort way, int shift) {
        if (!isShared(root, guestFormat(root, guest), way)) {
            return root;
        }
        PageTableFormat format = root.format.ofRoot(root.role.number());
        int level = 1;
        while (level < format.levels() && format.coverShift(level) <= shift) {
            level++;
        }
        return descend(root, guest, way, level);
    }

    /** Goes down to the page of a level, and makes and links what is missing on the way. */
    private ShadowTable descend(ShadowTable root, Walk guest, GuestTablePort way, int lowest) {
        PageTableFormat ofGuest = guestFormat(root, guest);
        ShadowTable table = root;
        int from = 0;
        for (int level = root.format.ofRoot(root.role.number()).levels() - 1; level >= lowest; level--) {
            // One that is there leads to the page for this way: what was built from other values went when the way was tracked.
            ShadowLink known = table.linkAt(guest.inputAddress);
            ShadowTable child = known != null
                    ? known.child
                    : tables.page(role(root, guest, way, level), root.format, root.view());
            int to = covering(way, ofGuest, child.coverShift());
            if (known == null) {
                // It may have been rewritten for somebody else.
                tables.turn(child, root.view());
                tables.link(table, child, GuestTables.chain(way, from, to));
            }
            table = child;
            from = to;
        }
        return table;
    }

    /** That of the page of a level on the way. */
    private static Role role(ShadowTable root, Walk guest, GuestTablePort way, int level) {
        PageTableFormat ofGuest = guestFormat(root, guest);
        int cover = root.format.ofRoot(root.role.number()).coverShift(level);
        int guestLevel = way.level(covering(way, ofGuest, cover));
        return new Role(
                root.role.guestFormat(),
                root.role.number(),
                level,
                guest.table[guestLevel],
                guestLevel,
                guest.inputAddress & -1L << cover,
                root.role.copy(),
                ofGuest.restrictions(guest.tableAttributes[guestLevel]));
    }

    /** Of a tracked way, the last entry, if it has any, with which a leaf in {@code page} goes, as with all others since the page's table. */
    static @Nullable GuestEntry origin(ShadowTable page, Walk guest, GuestTablePort way) {
        int from = page.role.isPage() ? covering(way, guestFormat(page, guest), page.coverShift()) : 0;
        return GuestTables.chain(way, from, way.length());
    }
}
