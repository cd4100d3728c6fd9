package org.memvirt.arm;

import java.util.Map;

/**
 * What registers can switch on that changes how tables are read and is not modelled: it is named, since what a walk then does
 * would be guessed.
 */
enum Unmodelled {
    HOST(
            ArmRegisters.HCR, 1L << 27, "TGE",
            "software of EL0 is EL2's, whose tables TTBR0_EL2 and TTBR1_EL2 hold; --root and --format read each of them"),
    NESTED(ArmRegisters.HCR, 1L << 42, "NV",
            "EL1 is a hypervisor's of its own, and may have its tables read otherwise"),
    INDIRECT(ArmRegisters.TCR2, 1L << 1, "PIE", "permissions are indirect (FEAT_S1PIE)"),
    OVERLAYS(ArmRegisters.TCR2, 3L << 2, "E0POE or POE", "permissions have overlays (FEAT_S1POE)"),
    WIDE(ArmRegisters.TCR2, 1L << 5, "D128", "descriptors have 128 bits (FEAT_D128)"),
    FLAGS_OF_TABLES(ArmRegisters.TCR2, 1L << 11, "HAFT", "hardware keeps access flags of tables (FEAT_HAFT)"),
    INDIRECT_2(ArmRegisters.VTCR, 1L << 36, "S2PIE", "permissions are indirect (FEAT_S2PIE)"),
    OVERLAYS_2(ArmRegisters.VTCR, 1L << 37, "S2POE", "permissions have overlays (FEAT_S2POE)"),
    WIDE_2(ArmRegisters.VTCR, 1L << 38, "D128", "descriptors have 128 bits (FEAT_D128)"),
    FLAGS_OF_TABLES_2(ArmRegisters.VTCR, 1L << 44, "HAFT", "hardware keeps access flags of tables (FEAT_HAFT)");

    private final String register;
    private final long bits;
    private final String name;
    private final String meaning;

    Unmodelled(String register, long bits, String name, String meaning) {
        this.register = register;
        this.bits = bits;
        this.name = name;
        this.meaning = meaning;
    }

    /** @throws IllegalArgumentException when one of them is on; the message names it */
    static void refuse(Map<String, Long> values) {
        for (Unmodelled one : values()) {
            long value = values.getOrDefault(one.register, 0L);
            if ((value & one.bits) != 0) {
                throw new IllegalArgumentException("%s=%#x has %s set: %s, which is not modelled"
                        .formatted(one.register, value, one.name, one.meaning));
            }
        }
    }
}
