package org.memvirt.testkit;

import org.memvirt.api.table.TwoRootFormat;

/** Two plain formats as the halves of one. */
final class HalvesFormat extends TwoRootFormat {
    HalvesFormat(PlainFormat lower, PlainFormat upper, int selectingBit) {
        super(lower, upper.ofUpperHalf(), selectingBit);
    }

    @Override
    public String name() {
        return "halves";
    }

    @Override
    public String description() {
        return "for tests";
    }
}
