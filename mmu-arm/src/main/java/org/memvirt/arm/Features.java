package org.memvirt.arm;

import java.util.Map;

/**
 * What a processor has, as its identification registers tell; Arm ARM, ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1 and ID_AA64MMFR2_EL1.
 * A register that is not given is taken from a processor that has all that is known here.
 *
 * @param physicalBits the widest output address
 * @param accessFlags FEAT_HAFDBS for access flags
 * @param dirtyState FEAT_HAFDBS for the dirty state, too
 * @param smallTables FEAT_TTST: input sizes down to 16 bits
 * @param largeAddresses FEAT_LVA: input sizes up to 52 bits with the granule of 64K
 * @param executeNeverByLevel FEAT_XNX
 * @param epan FEAT_PAN3
 * @param e0pd FEAT_E0PD
 * @param wideAsids ASIDs of 16 bits
 * @param wideVmids FEAT_VMID16
 */
record Features(
        long memoryModel,
        int physicalBits,
        boolean accessFlags,
        boolean dirtyState,
        boolean smallTables,
        boolean largeAddresses,
        boolean executeNeverByLevel,
        boolean hierarchicalDisable,
        boolean epan,
        boolean e0pd,
        boolean wideAsids,
        boolean wideVmids) {
    static final String MEMORY_0 = "id_aa64mmfr0";
    static final String MEMORY_1 = "id_aa64mmfr1";
    static final String MEMORY_2 = "id_aa64mmfr2";

    private static final int ASIDS_OF_16 = 2;
    private static final int VMIDS_OF_16 = 2;

    /** By the numbers that IPS, PS and PARange use. */
    private static final int[] SIZES = {32, 36, 40, 42, 44, 48, 52};

    private static final long ALL_OF_0 = 0x0000_0323_1020_0026L;
    private static final long ALL_OF_1 = 0x0000_0000_1030_1022L;
    private static final long ALL_OF_2 = 0x1000_0000_1001_0000L;

    private static final int ABSENT = 15;

    static Features of(Map<String, Long> registers) {
        long model0 = registers.getOrDefault(MEMORY_0, ALL_OF_0);
        long model1 = registers.getOrDefault(MEMORY_1, ALL_OF_1);
        long model2 = registers.getOrDefault(MEMORY_2, ALL_OF_2);
        return new Features(
                model0,
                size(field(model0, 0)),
                field(model1, 0) >= 1,
                field(model1, 0) >= 2,
                field(model2, 28) >= 1,
                field(model2, 16) >= 1,
                field(model1, 28) >= 1,
                field(model1, 12) >= 1,
                field(model1, 20) >= 3,
                field(model2, 60) >= 1,
                field(model0, 4) >= ASIDS_OF_16,
                field(model1, 4) >= VMIDS_OF_16);
    }

    private static int field(long register, int from) {
        return (int) (register >>> from) & 15;
    }

    /** The size that a field names; a number above those that are defined stands for the last. */
    private static int size(int number) {
        return SIZES[Math.min(number, SIZES.length - 1)];
    }

    /** The effective size of output addresses where a register asks for the one of that number. */
    int outputBits(int number) {
        return Math.min(physicalBits, size(number));
    }

    /** Whether there is FEAT_LPA2 for a granule, in a stage. */
    boolean hasLpa2(Granule granule, boolean stageTwo) {
        return switch (granule) {
            case K4 -> stageTwo ? ofStageTwo(40, has52(28, 1), 3) : has52(28, 1);
            case K16 -> stageTwo ? ofStageTwo(32, has52(20, 2), 3) : has52(20, 2);
            case K64 -> false;
        };
    }

    private boolean has52(int from, int least) {
        int field = field(memoryModel, from);
        return field >= least && field != ABSENT;
    }

    /** A field of a granule in stage 2, where 0 says that it is as in stage 1. */
    private boolean ofStageTwo(int from, boolean ofStageOne, int least) {
        int field = field(memoryModel, from);
        return field == 0 ? ofStageOne : field >= least && field != ABSENT;
    }

    private boolean has(Granule granule, boolean stageTwo) {
        return switch (granule) {
            case K4 ->
                    stageTwo ? ofStageTwo(40, field(memoryModel, 28) != ABSENT, 2) : field(memoryModel, 28) != ABSENT;
            case K16 -> stageTwo ? ofStageTwo(32, field(memoryModel, 20) != 0, 2) : field(memoryModel, 20) != 0;
            case K64 ->
                    stageTwo ? ofStageTwo(36, field(memoryModel, 24) != ABSENT, 2) : field(memoryModel, 24) != ABSENT;
        };
    }

    /** The granule that is asked for, or where there is none the smallest that there is: the choice is the processor's. */
    Granule granule(Granule asked, boolean stageTwo) {
        if (has(asked, stageTwo)) {
            return asked;
        }
        for (Granule granule : Granule.values()) {
            if (has(granule, stageTwo)) {
                return granule;
            }
        }
        throw new IllegalArgumentException("%s=%#x tells of a processor without any granule".formatted(
                MEMORY_0, memoryModel));
    }
}
