package org.memvirt.arm;

import org.memvirt.api.table.Unpaged;

/** Stage 1 that is off; Arm ARM, AArch64.S1DisabledOutput: an address wider than a physical one is an address size fault. */
final class Untranslated extends Unpaged {
    private final AddressTag tag;

    Untranslated(int physicalBits, AddressTag tag) {
        super(physicalBits);
        this.tag = tag;
    }

    @Override
    public long untagged(long inputAddress, int access) {
        return tag.remove(inputAddress, access);
    }

    @Override
    public boolean ignoresTags() {
        return tag != AddressTag.NONE;
    }
}
