package org.memvirt.mips;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** The TLBs of processors that there are, each with the rest of what its MMU is. */
final class Presets {
    /** The size of TLB that a preset may be made with. */
    private static final int FEWEST_ENTRIES = 16;

    private static final int MOST_ENTRIES = 64;

    private static final int RELEASE_1 = 24;
    private static final int RELEASE_2 = 28;

    private static final String MODEL =
            " Not modelled: micro TLBs. Random writes spread evenly over what is not wired.";

    private static final List<Preset> ALL = List.of(
            preset(
                    cpu32("24kf", 16, RELEASE_2, true),
                    "MIPS32 24Kf (release 2) with 16 entries",
                    "MIPS32 24KEc Processor Core Datasheet, revision 01.02 (2005): 16, 32 or 64 dual entries, pages of 4K to"
                            + " 256M, 4 GB of physical addresses; 16 is what QEMU's 24Kf has."),
            preset(
                    cpu32("34kf", 64, RELEASE_2, true),
                    "MIPS32 34Kf (release 2) with 64 entries",
                    "QEMU's 34Kf: 64 dual entries for one VPE, pages of 4K to 256M. That the core is made with 16, 32 or 64 is"
                            + " from memory of its datasheet, MD00418: an estimate until checked."),
            preset(
                    cpu32("4kc", 16, RELEASE_1, false),
                    "MIPS32 4Kc (release 1), 16 entries",
                    "MIPS32 4Kc Processor Core Datasheet, June 2000: 16 dual entries; IDT 79RC32438 User Reference Manual,"
                            + " November 2002: pages of 4K to 16M, Random counts down with a perturbation by a shift register."),
            preset(
                    new MipsModel("5kec", true, 32, 42, 36, RELEASE_2, true, false, false, false),
                    "MIPS64 5KEc (release 2) with 32 entries, SEGBITS 42, PABITS 36",
                    "QEMU's 5KEc: 32 dual entries, SEGBITS 42, PABITS 36."),
            preset(
                    new MipsModel("mips64r2", true, 64, 42, 36, RELEASE_2, true, false, false, false),
                    "MIPS64 release 2, no part in particular, 64 entries, SEGBITS 42, PABITS 36",
                    "QEMU's MIPS64R2-generic: 64 dual entries, SEGBITS 42, PABITS 36."));

    private Presets() {}

    private record Preset(MipsModel model, TlbPreset tlb) {}

    private static MipsModel cpu32(String name, int entries, int largestShift, boolean hasSupervisor) {
        return new MipsModel(name, false, entries, 32, 32, largestShift, hasSupervisor, false, false, false);
    }

    private static Preset preset(MipsModel model, String description, String source) {
        List<Integer> sizes = new ArrayList<>();
        for (int shift = model.smallestShift(); shift <= model.largestShift(); shift += 2) {
            sizes.add(shift);
        }
        TlbPreset.Array array = new TlbPreset.Array(sizes, 1, model.entries(), TlbPreset.Replacement.RANDOM);
        return new Preset(
                model,
                new TlbPreset(
                        model.name(),
                        description,
                        source + MODEL,
                        List.of(new TlbPreset.Group(MipsTlb.GROUP, 1, true, true, List.of(array)))));
    }

    /** All, the default first. */
    static List<TlbPreset> all() {
        return ALL.stream().map(Preset::tlb).toList();
    }

    /** The processor of a preset, with as many entries as the preset has. */
    static MipsModel model(TlbPreset preset) {
        for (Preset known : ALL) {
            if (known.model().name().equals(preset.name())) {
                return known.model().withEntries(entries(preset));
            }
        }
        throw new IllegalArgumentException("there is no MIPS TLB named '%s'; there are %s"
                .formatted(preset.name(), ALL.stream().map(each -> each.model().name()).toList()));
    }

    private static int entries(TlbPreset preset) {
        if (preset.groups().size() == 1 && preset.groups().getFirst().arrays().size() == 1) {
            TlbPreset.Array array = preset.groups().getFirst().arrays().getFirst();
            if (array.sets() == 1 && array.ways() >= FEWEST_ENTRIES && array.ways() <= MOST_ENTRIES) {
                return array.ways();
            }
        }
        throw new IllegalArgumentException(
                "the TLB '%s' of MIPS is one fully associative array of %d to %d entries, each for two pages"
                        .formatted(preset.name(), FEWEST_ENTRIES, MOST_ENTRIES));
    }
}
