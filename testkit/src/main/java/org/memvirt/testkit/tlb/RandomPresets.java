package org.memvirt.testkit.tlb;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Group;
import org.memvirt.api.tlb.TlbPreset.OtherSizes;
import org.memvirt.api.tlb.TlbPreset.Replacement;

/** TLBs that nobody built: one to three levels, split or not, any sets and ways, page sizes shared or apart. */
public final class RandomPresets {
    private static final int[] SETS = {1, 1, 2, 3, 4, 5, 6, 8, 12, 16, 32};
    private static final int MOST_WAYS = 20;

    private RandomPresets() {}

    /** One of them, each array with the given replacement. */
    public static TlbPreset draw(SplittableRandom random, Replacement replacement) {
        List<Group> groups = new ArrayList<>();
        int levels = 1 + random.nextInt(3);
        for (int level = 1; level <= levels; level++) {
            OtherSizes others = level > 1 && random.nextInt(3) == 0 ? OtherSizes.BYPASS : OtherSizes.SPLINTER;
            if (random.nextInt(3) == 0) {
                groups.add(new Group("l" + level, level, true, true, arrays(random, replacement), others));
            } else {
                groups.add(new Group("l" + level + "i", level, false, true, arrays(random, replacement)));
                groups.add(new Group("l" + level + "d", level, true, false, arrays(random, replacement), others));
            }
        }
        return new TlbPreset("random", "drawn by chance", "none", groups);
    }

    /** One with a first level split in two, of many sets for small pages alone: as most processors have it. */
    public static TlbPreset drawUsual(SplittableRandom random, Replacement replacement) {
        int ways = random.nextBoolean() ? 4 : 1 << random.nextInt(4);
        int codeWays = replacement == Replacement.TREE_PLRU ? ways : ways + random.nextInt(4);
        List<Array> code = List.of(new Array(List.of(12), 16 * (1 + random.nextInt(3)), codeWays, replacement));
        List<Array> data = List.of(
                new Array(random.nextBoolean() ? List.of(12) : List.of(12, 21, 30), 16, 2 * ways, replacement));
        List<Group> groups = new ArrayList<>();
        groups.add(new Group("l1i", 1, false, true, code));
        groups.add(new Group("l1d", 1, true, false, data));
        switch (random.nextInt(4)) {
            case 0 -> {
                // No second level.
            }
            case 1 -> {
                groups.add(new Group("l2i", 2, false, true, arrays(random, replacement)));
                groups.add(new Group("l2d", 2, true, false, arrays(random, replacement)));
            }
            default -> groups.add(new Group("l2", 2, true, true, arrays(random, replacement)));
        }
        return new TlbPreset("random", "drawn by chance, of the usual kind", "none", groups);
    }

    /** One with a first level split in two, of few sets with many ways, as AMD's and Arm's processors have it. */
    public static TlbPreset drawAssociative(SplittableRandom random, Replacement replacement) {
        List<Group> groups = new ArrayList<>();
        groups.add(new Group("l1i", 1, false, true, List.of(associative(random, replacement))));
        groups.add(new Group("l1d", 1, true, false, List.of(associative(random, replacement))));
        if (random.nextBoolean()) {
            groups.add(new Group("l2", 2, true, true, arrays(random, replacement)));
        } else {
            groups.add(new Group("l2i", 2, false, true, arrays(random, replacement)));
            groups.add(new Group("l2d", 2, true, false, arrays(random, replacement)));
        }
        return new TlbPreset("random", "drawn by chance, fully associative or nearly", "none", groups);
    }

    private static Array associative(SplittableRandom random, Replacement replacement) {
        int sets = 1 << Math.max(0, random.nextInt(5) - 2);
        int least = 16 + 16 / sets;
        int ways =
                replacement == Replacement.TREE_PLRU ? 32 : least - 1 + random.nextInt(random.nextBoolean() ? 3 : 30);
        return new Array(random.nextBoolean() ? List.of(12) : List.of(12, 21, 30), sets, ways, replacement);
    }

    /** One whose arrays each hold several of these page sizes; the smallest is held everywhere. */
    public static TlbPreset drawOf(SplittableRandom random, Replacement replacement, List<Integer> pageShifts) {
        List<Group> groups = new ArrayList<>();
        for (int level = 1; level <= 2; level++) {
            List<Array> arrays = new ArrayList<>();
            for (int array = random.nextInt(3); array >= 0; array--) {
                List<Integer> sizes = new ArrayList<>(some(random, pageShifts, 1 + random.nextInt(pageShifts.size())));
                if (array == 0 && !sizes.contains(pageShifts.getFirst())) {
                    sizes.addFirst(pageShifts.getFirst());
                }
                arrays.add(array(random, replacement, sizes.toArray(Integer[]::new)));
            }
            OtherSizes others = level > 1 && random.nextBoolean() ? OtherSizes.BYPASS : OtherSizes.SPLINTER;
            groups.add(new Group("l" + level, level, true, true, arrays, others));
        }
        return new TlbPreset("random", "drawn by chance, of many page sizes", "none", groups);
    }

    /** So many of these, in their order. */
    public static List<Integer> some(SplittableRandom random, List<Integer> of, int count) {
        List<Integer> chosen = new ArrayList<>(of);
        while (chosen.size() > count) {
            chosen.remove(random.nextInt(chosen.size()));
        }
        return chosen;
    }

    private static List<Array> arrays(SplittableRandom random, Replacement replacement) {
        return switch (random.nextInt(5)) {
            case 0 -> List.of(array(random, replacement, 12, 21, 30));
            case 1 -> List.of(array(random, replacement, 12));
            case 2 -> List.of(array(random, replacement, 12), array(random, replacement, 21));
            case 3 -> List.of(array(random, replacement, 12, 21), array(random, replacement, 30));
            default -> List.of(
                    array(random, replacement, 12), array(random, replacement, 21), array(random, replacement, 30));
        };
    }

    private static Array array(SplittableRandom random, Replacement replacement, Integer... shifts) {
        int ways = replacement == Replacement.TREE_PLRU ? 1 << random.nextInt(5) : 1 + random.nextInt(MOST_WAYS);
        return new Array(List.of(shifts), SETS[random.nextInt(SETS.length)], ways, replacement);
    }
}
