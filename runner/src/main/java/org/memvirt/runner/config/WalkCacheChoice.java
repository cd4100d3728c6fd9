package org.memvirt.runner.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.engine.tlb.ArraySize;
import org.memvirt.runner.usage.WrongUsage;

/**
 * The walk cache that {@code --walk-cache} names: a preset, or the same with other sizes, each by the level at which a walk goes
 * on.
 *
 * @param preset null for none
 * @param resolved its name with the sizes that were given, as it could be given
 */
record WalkCacheChoice(@Nullable WalkCachePreset preset, String resolved) {
    private static final String OPTION = "--walk-cache";
    private static final String NONE = "none";

    /**
     * Chooses one of {@code all}.
     *
     * @param given what the option says; null for the first
     * @throws WrongUsage when there is none of that name, or it does not take its options
     */
    static WalkCacheChoice of(List<WalkCachePreset> all, @Nullable String given) {
        if (given == null ? all.isEmpty() : given.equals(NONE)) {
            return new WalkCacheChoice(null, NONE);
        }
        Selection selection = given == null
                ? new Selection(all.getFirst().name(), Map.of())
                : Selection.parse(OPTION, given);
        WalkCachePreset preset =
                Selection.among(OPTION, "walk-cache preset", selection.name(), all, WalkCachePreset::name);
        List<Option> sizes = preset.arrays().stream().map(array -> option(preset, array)).toList();
        Options values = selection.values(OPTION, "walk cache", sizes);
        List<WalkCachePreset.Array> arrays = new ArrayList<>();
        for (WalkCachePreset.Array array : preset.arrays()) {
            arrays.add(sized(name(preset, array), values.text(name(preset, array)), array));
        }
        return new WalkCacheChoice(
                new WalkCachePreset(preset.name(), preset.description(), preset.source(), preset.kind(), arrays),
                selection.resolved(sizes, values));
    }

    private static Option option(WalkCachePreset preset, WalkCachePreset.Array array) {
        return new Option(name(preset, array), Option.Kind.TEXT, "", "entries and ways, such as 32x4; the preset's are "
                + new ArraySize(array.sets() * array.ways(), array.ways()));
    }

    private static String name(WalkCachePreset preset, WalkCachePreset.Array array) {
        return preset.kind() == WalkCachePreset.Kind.ENTRY ? "entries" : "l" + array.level();
    }

    private static WalkCachePreset.Array sized(String option, String given, WalkCachePreset.Array like) {
        if (given.isEmpty()) {
            return like;
        }
        try {
            ArraySize size = ArraySize.parse(option + "=" + given, given);
            return new WalkCachePreset.Array(like.level(), size.sets(), size.ways());
        } catch (IllegalArgumentException e) {
            throw new WrongUsage(OPTION + ": " + e.getMessage(), e);
        }
    }
}
