package org.memvirt.x86.invalidation;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.memvirt.api.invalidation.InvalidationEffect;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationScope;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.api.invalidation.TagMatch;

/** The columns of the tables: which kinds of mappings, and whether the global ones are kept. */
enum Kinds {
    /** Mappings of linear addresses: linear and combined ones. */
    LINEAR_AND_COMBINED(MappingKind.STAGE_1, MappingKind.COMBINED),
    /** What was made from a second stage: guest-physical and combined mappings. */
    GUEST_PHYSICAL_AND_COMBINED(MappingKind.STAGE_2, MappingKind.COMBINED),
    GUEST_PHYSICAL(MappingKind.STAGE_2),
    COMBINED(MappingKind.COMBINED),
    EVERY_KIND(MappingKind.STAGE_1, MappingKind.STAGE_2, MappingKind.COMBINED);

    /** Whether global translations go. */
    enum Globals {
        GO,
        STAY
    }

    private final Set<MappingKind> kinds;

    Kinds(MappingKind... kinds) {
        this.kinds = Set.copyOf(Arrays.asList(kinds));
    }

    /** One part of a row. */
    static InvalidationEffect removes(
            Kinds which, TagMatch vm, TagMatch asid, TagMatch root, InvalidationScope translations,
            InvalidationScope tables, Globals globals) {
        return new InvalidationEffect(which.kinds, vm, asid, root, translations, tables, globals == Globals.GO);
    }

    /** The table of these rows; each occasion is given the name of a row. */
    static InvalidationTable table(String name, List<InvalidationRule> rules,
            Map<InvalidationEvent, String> occasions) {
        Map<InvalidationEvent, InvalidationRule> byOccasion = new EnumMap<>(InvalidationEvent.class);
        for (InvalidationRule rule : rules) {
            occasions.forEach((occasion, operation) -> {
                if (rule.operation().equals(operation)) {
                    byOccasion.put(occasion, rule);
                }
            });
        }
        return new InvalidationTable(name, rules, byOccasion);
    }

    /** One row. */
    static InvalidationRule row(String operation, String source, InvalidationEffect... removals) {
        return new InvalidationRule(operation, source, List.of(removals));
    }
}
