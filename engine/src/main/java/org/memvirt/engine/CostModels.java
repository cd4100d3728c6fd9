package org.memvirt.engine;

import java.util.List;
import java.util.Map;

/** The cost presets. A figure is an estimate unless the source says otherwise. */
public final class CostModels {
    private static final CostModel X5570 = new CostModel(
            "x5570",
            "Exit and entry, 2000 cycles: measured on a Xeon X5570 with KVM 2.6.34, EPT and VPID (Landau et al., SplitX,"
                    + " WIOV 2011). Second-level TLB hit 7, reference 20 (an entry found in the second-level data cache"
                    + " or beyond), walk-cache hit 1, guest page fault 1000, VMM work on a stage-2 fault 2000 beside the"
                    + " exit: estimates.",
            Map.of(2, 7.0),
            20,
            1,
            1000,
            Map.of("stage2-fault", 4000.0),
            2000);

    private static final CostModel ZEN = new CostModel(
            "zen",
            "Exit and entry, 1360 cycles: the middle of 1344 to 1376 measured around VMRUN on the Linux kernel mailing"
                    + " list in December 2020 (KVM, AMD). Second-level TLB hit 7, reference 18, walk-cache hit 1, guest"
                    + " page fault 1000, VMM work on a stage-2 fault 2000 beside the exit: estimates.",
            Map.of(2, 7.0),
            18,
            1,
            1000,
            Map.of("stage2-fault", 3360.0),
            1360);

    private static final CostModel UNIT = new CostModel(
            "references",
            "Counts references alone, each as one cycle: a definition, not an estimate.",
            Map.of(),
            1,
            0,
            0,
            Map.of(),
            0);

    private CostModels() {}

    /** All presets; the first is the default. */
    public static List<CostModel> all() {
        return List.of(X5570, ZEN, UNIT);
    }
}
