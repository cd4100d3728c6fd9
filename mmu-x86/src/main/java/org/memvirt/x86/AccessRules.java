package org.memvirt.x86;

import org.memvirt.api.access.Rights;

/**
 * What user and supervisor may do to a page of linear addresses, worked out once for every combination of the bits that
 * decide; SDM, "Access Rights" and "Protection Keys".
 *
 * <p>Not modelled: implicit supervisor accesses, which SMAP refuses whatever EFLAGS.AC says; shadow stacks.
 */
final class AccessRules {
    private static final int KEYS = 16;

    /** By R/W (1), U/S (2) and not XD (4), each combined over all levels. */
    private final int[] byPage = new int[8];
    /** By protection key, what it leaves; null when there are none. */
    private final int[] byUserKey;

    private final int[] bySupervisorKey;
    private final boolean keyed;

    AccessRules(Controls controls) {
        boolean wp = controls.has(Controls.WP);
        boolean smep = controls.has(Controls.SMEP);
        boolean smap = controls.has(Controls.SMAP) && !controls.has(Controls.AC);
        for (int page = 0; page < byPage.length; page++) {
            boolean writable = (page & 1) != 0;
            boolean user = (page & 2) != 0;
            boolean executable = (page & 4) != 0;
            int rights = 0;
            if (user) {
                rights |= Rights.USER_READ;
                rights |= writable ? Rights.USER_WRITE : 0;
                rights |= executable ? Rights.USER_EXECUTE : 0;
            }
            if (!user || !smap) {
                rights |= Rights.SUPERVISOR_READ;
                rights |= writable || !wp ? Rights.SUPERVISOR_WRITE : 0;
            }
            if (executable && (!user || !smep)) {
                rights |= Rights.SUPERVISOR_EXECUTE;
            }
            byPage[page] = rights;
        }
        boolean pke = controls.has(Controls.PKE);
        boolean pks = controls.has(Controls.PKS);
        keyed = pke || pks;
        byUserKey = byKey(pke ? controls.register(Controls.PKRU) : 0, wp);
        bySupervisorKey = byKey(pks ? controls.register(Controls.PKRS) : 0, wp);
    }

    /** Keys guard data, not fetches; the write-disable bit binds the supervisor only with CR0.WP. */
    private static int[] byKey(int register, boolean wp) {
        int[] rights = new int[KEYS];
        for (int key = 0; key < KEYS; key++) {
            int two = register >>> 2 * key & 3;
            int lost = 0;
            if ((two & 1) != 0) {
                lost = Rights.READ | Rights.WRITE;
            } else if (two != 0) {
                lost = wp ? Rights.WRITE : Rights.USER_WRITE;
            }
            rights[key] = Rights.ALL & ~lost;
        }
        return rights;
    }

    /** The rights of a page whose entries combine to {@code attributes}, bit 63 turned round. */
    int allowed(long attributes, long leaf) {
        int rights = byPage[(int) (attributes >>> 1 & 3 | attributes >>> 61 & 4)];
        return keyed ? rights & keyAllows(attributes, leaf) : rights;
    }

    /** The rights that the page's protection key leaves. */
    int keyAllows(long attributes, long leaf) {
        int[] byKey = (attributes & EntryBits.USER) != 0 ? byUserKey : bySupervisorKey;
        return byKey[(int) (leaf >>> EntryBits.KEY_SHIFT) & KEYS - 1];
    }
}
