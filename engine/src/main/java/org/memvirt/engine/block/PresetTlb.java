package org.memvirt.engine.block;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Group;
import org.memvirt.api.tlb.TlbPreset.Replacement;
import org.memvirt.api.tlb.TlbProvider;
import org.memvirt.engine.tlb.ArraySize;

/**
 * The TLBs that a preset describes, or the same with other sizes and another replacement: each group has an option of its
 * name, which takes {@code ENTRIESxWAYS} of each of its arrays, joined by {@code +}.
 *
 * @param choosesReplacement whether it has the latter option: a TLB that is part of the architecture has not
 */
public record PresetTlb(TlbPreset preset, boolean choosesReplacement) implements TlbProvider {
    private static final String REPLACEMENT = "replacement";
    private static final List<String> REPLACEMENTS = List.of("lru", "lfu", "plru", "random");

    /** One whose replacement can be chosen. */
    public PresetTlb(TlbPreset preset) {
        this(preset, true);
    }

    @Override
    public String name() {
        return preset.name();
    }

    @Override
    public String description() {
        return preset.description();
    }

    @Override
    public List<Option> options() {
        List<Option> options = new ArrayList<>();
        for (Group group : preset.groups()) {
            options.add(new Option(
                    group.name(), Option.Kind.TEXT, "",
                    "entries and ways of %s, such as 64x4 or 64xfull; the preset's are %s"
                            .formatted(group.name(), sizes(group))));
        }
        if (choosesReplacement) {
            options.add(new Option(
                    REPLACEMENT, Option.Kind.TEXT, "",
                    "which entry of a full set goes, in all of them: " + String.join(", ", REPLACEMENTS)));
        }
        return options;
    }

    private static String sizes(Group group) {
        return String.join("+", group.arrays().stream()
                .map(array -> new ArraySize(array.entries(), array.ways()).toString())
                .toList());
    }

    @Override
    public Tlb create(Options options, long seed) {
        return new SetAssociativeTlb(preset(options), seed);
    }

    /**
     * The preset with the sizes and the replacement that are chosen.
     *
     * @throws IllegalArgumentException for what is none
     */
    public TlbPreset preset(Options options) {
        List<Group> groups = new ArrayList<>();
        for (Group group : preset.groups()) {
            groups.add(new Group(
                    group.name(), group.level(), group.data(), group.code(), arrays(group, options), group.others()));
        }
        return new TlbPreset(preset.name(), preset.description(), preset.source(), groups);
    }

    private List<Array> arrays(Group group, Options options) {
        String given = options.text(group.name());
        String replacement = choosesReplacement ? options.text(REPLACEMENT) : "";
        List<Array> arrays = new ArrayList<>(group.arrays());
        if (!given.isEmpty()) {
            String[] sizes = given.split("\\+", -1);
            if (sizes.length != arrays.size()) {
                throw new IllegalArgumentException("%s of TLB '%s' has %d arrays, and %s=%s gives %d sizes; they are %s"
                        .formatted(group.name(), name(), arrays.size(), group.name(), given, sizes.length,
                                sizes(group)));
            }
            for (int i = 0; i < sizes.length; i++) {
                arrays.set(i, sized("TLB '%s': %s=%s".formatted(name(), group.name(), given), sizes[i], arrays.get(i)));
            }
        }
        if (!replacement.isEmpty()) {
            arrays.replaceAll(
                    array -> new Array(array.pageShifts(), array.sets(), array.ways(), replacement(replacement)));
        }
        return arrays;
    }

    private static Array sized(String option, String given, Array like) {
        ArraySize size = ArraySize.parse(option, given);
        return new Array(like.pageShifts(), size.sets(), size.ways(), like.replacement());
    }

    private Replacement replacement(String given) {
        return switch (given) {
            case "lru" -> Replacement.LRU;
            case "lfu" -> Replacement.LFU;
            case "plru" -> Replacement.TREE_PLRU;
            case "random" -> Replacement.RANDOM;
            default -> throw new IllegalArgumentException(
                    "TLB '%s': %s='%s': there is %s"
                            .formatted(name(), REPLACEMENT, given, String.join(", ", REPLACEMENTS)));
        };
    }
}
