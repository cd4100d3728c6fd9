package org.memvirt.mips;

import java.util.SplittableRandom;

/** Processors to test with. */
final class Models {
    static final MipsModel CPU32 = new MipsModel("cpu32", false, 16, 32, 32, 28, true, false, false, false);
    static final MipsModel CPU64 = new MipsModel("cpu64", true, 32, 42, 36, 28, true, false, false, false);
    /** With all that is optional. */
    static final MipsModel FULL32 = new MipsModel("full32", false, 16, 32, 36, 28, true, true, true, true);

    static final MipsModel FULL64 = new MipsModel("full64", true, 16, 40, 36, 28, true, true, true, true);

    private static final int[] PAGES = {0, 1, 2, 3, 6, 7, 0x40, 0x41, 0x3ff, 0x400, 0x10000, 0x1fffe, 0x1ffff};

    private static final long[] BASES_32 = {0, 0x1000_0000L, 0x7f00_0000L, 0x8000_0000L, 0xa000_0000L, 0xc000_0000L,
        0xdff0_0000L, 0xe000_0000L, 0xf000_0000L};

    private Models() {}

    /** Any kind of processor, of any size. */
    static MipsModel draw(SplittableRandom random) {
        boolean is64 = random.nextBoolean();
        return new MipsModel(
                "drawn",
                is64,
                2 + random.nextInt(63),
                is64 ? 34 + random.nextInt(20) : 32,
                32 + random.nextInt(5),
                random.nextInt(4) == 0 ? 24 : 28,
                random.nextInt(4) != 0,
                random.nextInt(3) == 0,
                random.nextBoolean(),
                random.nextBoolean());
    }

    /** An address in one of a few pages of one of the segments, or just outside one. */
    static long address(MipsModel model, SplittableRandom random) {
        long offset = ((long) PAGES[random.nextInt(PAGES.length)] << (random.nextInt(4) == 0 ? 10 : 12))
                + (random.nextLong(1 << 12) & -4);
        if (!model.is64() || random.nextInt(3) == 0) {
            long low = BASES_32[random.nextInt(BASES_32.length)] + offset & 0xffff_ffffL;
            if (model.is64()) {
                return (int) low;
            }
            return switch (random.nextInt(12)) {
                case 0 -> (int) low;
                case 1 -> low | 1L << 32 + random.nextInt(31);
                default -> low;
            };
        }
        long size = 1L << model.segmentBits();
        long region = random.nextLong(4) << 62;
        return switch (random.nextInt(8)) {
            case 0 -> region + size - 1 - offset;
            case 1 -> region + size + offset;
            case 2 -> region + size - (1L << 31) - 4 + (offset & 0xf);
            case 3 -> region | random.nextLong(8) << 59 | offset;
            case 4 -> region | 1L << model.physicalBits() - random.nextInt(2) | offset;
            case 5 -> region + (1L << 31) + offset;
            default -> region + offset;
        };
    }
}
