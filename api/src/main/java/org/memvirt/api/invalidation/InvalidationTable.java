package org.memvirt.api.invalidation;

import static org.memvirt.api.invalidation.Extent.ALL;
import static org.memvirt.api.invalidation.Extent.OF_ADDRESS;
import static org.memvirt.api.invalidation.Extent.OF_PAGE;
import static org.memvirt.api.invalidation.MappingKind.COMBINED;
import static org.memvirt.api.invalidation.MappingKind.STAGE_1;
import static org.memvirt.api.invalidation.MappingKind.STAGE_2;
import static org.memvirt.api.invalidation.Match.ANY;
import static org.memvirt.api.invalidation.Match.CURRENT;
import static org.memvirt.api.invalidation.Match.GIVEN;
import static org.memvirt.api.invalidation.Match.ZERO;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What the operations of one architecture remove from the caches of translations, one row an operation.
 *
 * @param name of the architecture or its maker
 * @param rules every operation, by unique names
 * @param occasions which of them happens when; all occasions are there
 */
public record InvalidationTable(
        String name, List<InvalidationRule> rules, Map<Occasion, InvalidationRule> occasions) {
    /** What an architecture does that says nothing of its own: the least that any does, tables by all of their space. */
    public static final InvalidationTable PLAIN = plain();

    public InvalidationTable {
        rules = List.copyOf(rules);
        occasions = Map.copyOf(occasions);
        Set<String> names = new HashSet<>();
        for (InvalidationRule rule : rules) {
            if (!names.add(rule.operation())) {
                throw new IllegalArgumentException("two rules of %s for %s".formatted(name, rule.operation()));
            }
        }
        for (Occasion occasion : Occasion.values()) {
            InvalidationRule rule = occasions.get(occasion);
            if (rule == null || !rules.contains(rule)) {
                throw new IllegalArgumentException("the table of %s has no rule for %s".formatted(name, occasion));
            }
        }
    }

    /**
     * The row of an operation.
     *
     * @throws IllegalArgumentException if there is none
     */
    public InvalidationRule rule(String operation) {
        return rules.stream()
                .filter(rule -> rule.operation().equals(operation))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("%s has no operation '%s'; it has %s"
                        .formatted(name, operation, rules.stream().map(InvalidationRule::operation).toList())));
    }

    /** The row of what happens then. */
    public InvalidationRule rule(Occasion occasion) {
        return Objects.requireNonNull(occasions.get(occasion));
    }

    private static InvalidationTable plain() {
        Set<MappingKind> input = Set.of(STAGE_1, COMBINED);
        Set<MappingKind> stageTwo = Set.of(STAGE_2, COMBINED);
        Map<Occasion, List<Removal>> removals = new EnumMap<>(Occasion.class);
        removals.put(Occasion.PAGE, List.of(new Removal(input, CURRENT, CURRENT, ANY, OF_PAGE, ALL, true)));
        removals.put(Occasion.PAGE_OF_SPACE, List.of(new Removal(input, CURRENT, GIVEN, ANY, OF_PAGE, ALL, true)));
        removals.put(Occasion.ALL_SPACES, List.of(new Removal(input, CURRENT, ANY, ANY, ALL, ALL, false)));
        removals.put(Occasion.ROOT_LOAD, List.of(new Removal(input, CURRENT, GIVEN, ANY, ALL, ALL, false)));
        removals.put(Occasion.ROOT_LOAD_KEEPING, List.of());
        removals.put(Occasion.PAGING_SWITCH, List.of(new Removal(input, CURRENT, ANY, ANY, ALL, ALL, true)));
        removals.put(
                Occasion.FAULT, List.of(new Removal(input, CURRENT, CURRENT, ANY, OF_PAGE, OF_ADDRESS, true)));
        removals.put(
                Occasion.STAGE_2_FAULT,
                List.of(
                        new Removal(Set.of(STAGE_2), ANY, ANY, CURRENT, OF_ADDRESS, OF_ADDRESS, true),
                        new Removal(Set.of(COMBINED), CURRENT, CURRENT, CURRENT, OF_ADDRESS, OF_ADDRESS, true)));
        removals.put(Occasion.STAGE_2_CHANGE, List.of(new Removal(stageTwo, ANY, ANY, GIVEN, ALL, ALL, true)));
        removals.put(Occasion.ENTRY, List.of());
        removals.put(Occasion.EXIT, List.of());
        Removal untagged = new Removal(input, ZERO, ANY, ANY, ALL, ALL, true);
        removals.put(Occasion.ENTRY_UNTAGGED, List.of(untagged));
        removals.put(Occasion.EXIT_UNTAGGED, List.of(untagged));
        List<InvalidationRule> rules = new ArrayList<>();
        Map<Occasion, InvalidationRule> occasions = new EnumMap<>(Occasion.class);
        removals.forEach((occasion, all) -> {
            InvalidationRule rule = new InvalidationRule(occasion.name(), "memvirt's own", all);
            rules.add(rule);
            occasions.put(occasion, rule);
        });
        return new InvalidationTable("plain", rules, occasions);
    }
}
