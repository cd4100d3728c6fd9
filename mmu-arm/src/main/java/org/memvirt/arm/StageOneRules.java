package org.memvirt.arm;

import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat.HardwareUpdates;

/**
 * What EL0 and EL1 may do to a page, worked out once for every combination of the bits that decide; Arm ARM, "Memory access
 * control", and AArch64.S1DirectBasePermissions.
 */
final class StageOneRules {
    private static final int EL0 = 1;
    private static final int WRITABLE = 1 << 1;
    private static final int UXN = 1 << 2;
    private static final int PXN = 1 << 3;
    /** It counts as writable for the rules of execution. */
    private static final int WRITABLE_NOW = 1 << 4;

    private final int[] rights = new int[32];
    /** Whether a page that hardware would mark dirty counts as writable before: Arm ARM, AArch64.S1ApplyOutputPerms. */
    private final boolean cleanIsWritable;

    StageOneRules(Controls controls) {
        boolean wxn = controls.has(Controls.WXN);
        boolean pan = controls.has(Controls.PAN);
        boolean epan = controls.has(Controls.EPAN);
        cleanIsWritable = controls.hardwareUpdates() == HardwareUpdates.ACCESSED_AND_DIRTY
                && !controls.has(Controls.CLEAN_READ_ONLY);
        for (int page = 0; page < rights.length; page++) {
            boolean el0 = (page & EL0) != 0;
            boolean writable = (page & WRITABLE) != 0;
            boolean writableNow = (page & WRITABLE_NOW) != 0;
            boolean userExecutes = (page & UXN) == 0;
            boolean never = pan && (el0 || epan && userExecutes);
            int user = el0 ? Rights.USER_READ | (writable ? Rights.USER_WRITE : 0) : 0;
            int privileged = never ? 0 : Rights.SUPERVISOR_READ | (writable ? Rights.SUPERVISOR_WRITE : 0);
            boolean privilegedExecutes = (page & PXN) == 0 && !(el0 && writableNow);
            boolean userKeeps = !(wxn && el0 && writableNow);
            boolean privilegedKeeps = !(wxn && !never && writableNow);
            rights[page] = user
                    | privileged
                    | (userExecutes && userKeeps ? Rights.USER_EXECUTE : 0)
                    | (privilegedExecutes && privilegedKeeps ? Rights.SUPERVISOR_EXECUTE : 0);
        }
    }

    /** @param attributes of the tables above, inverted: a bit that is set restricts nothing */
    int allowed(long attributes, long leaf) {
        boolean maybe = (attributes & Descriptor.TABLE_READ_ONLY) != 0;
        boolean now = maybe && (leaf & Descriptor.AP_READ_ONLY) == 0;
        boolean marked = maybe && (leaf & Descriptor.DBM) != 0;
        boolean el0 = (leaf & Descriptor.AP_EL0) != 0 && (attributes & Descriptor.TABLE_NO_EL0) != 0;
        boolean uxn = (leaf & Descriptor.UXN) != 0 || (attributes & Descriptor.TABLE_UXN) == 0;
        boolean pxn = (leaf & Descriptor.PXN) != 0 || (attributes & Descriptor.TABLE_PXN) == 0;
        return rights[(el0 ? EL0 : 0)
                | (now || marked ? WRITABLE : 0)
                | (now || marked && cleanIsWritable ? WRITABLE_NOW : 0)
                | (uxn ? UXN : 0)
                | (pxn ? PXN : 0)];
    }
}
