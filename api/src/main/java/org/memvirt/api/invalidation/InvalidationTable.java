package org.memvirt.api.invalidation;

import static org.memvirt.api.invalidation.InvalidationScope.ALL;
import static org.memvirt.api.invalidation.InvalidationScope.NONE;
import static org.memvirt.api.invalidation.InvalidationScope.OF_ADDRESS;
import static org.memvirt.api.invalidation.InvalidationScope.OF_PAGE;
import static org.memvirt.api.invalidation.MappingKind.COMBINED;
import static org.memvirt.api.invalidation.MappingKind.STAGE_1;
import static org.memvirt.api.invalidation.MappingKind.STAGE_2;
import static org.memvirt.api.invalidation.TagMatch.ANY;
import static org.memvirt.api.invalidation.TagMatch.CURRENT;
import static org.memvirt.api.invalidation.TagMatch.GIVEN;
import static org.memvirt.api.invalidation.TagMatch.NOT_ZERO;
import static org.memvirt.api.invalidation.TagMatch.ZERO;

import java.util.ArrayList;
import java.util.Collections;
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
        String name, List<InvalidationRule> rules, Map<InvalidationEvent, InvalidationRule> occasions) {
    /** What an architecture does that says nothing of its own: the least that any does, tables by all of their space. */
    public static final InvalidationTable PLAIN = plain();

    /** What hardware does whose TLB software fills: nothing by itself. */
    public static final InvalidationTable NOTHING = nothing();

    public InvalidationTable {
        rules = List.copyOf(rules);
        Set<String> names = new HashSet<>();
        for (InvalidationRule rule : rules) {
            if (!names.add(rule.operation())) {
                throw new IllegalArgumentException("two rules of %s for %s".formatted(name, rule.operation()));
            }
        }
        for (InvalidationEvent occasion : InvalidationEvent.values()) {
            InvalidationRule rule = occasions.get(occasion);
            if (rule == null || !rules.contains(rule)) {
                throw new IllegalArgumentException("the table of %s has no rule for %s".formatted(name, occasion));
            }
        }
        // Looked up at each exit.
        occasions = Collections.unmodifiableMap(new EnumMap<>(occasions));
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
    public InvalidationRule rule(InvalidationEvent occasion) {
        return Objects.requireNonNull(occasions.get(occasion));
    }

    private static InvalidationTable nothing() {
        InvalidationRule rule = new InvalidationRule("nothing", "memvirt's own", List.of());
        Map<InvalidationEvent, InvalidationRule> occasions = new EnumMap<>(InvalidationEvent.class);
        for (InvalidationEvent occasion : InvalidationEvent.values()) {
            occasions.put(occasion, rule);
        }
        return new InvalidationTable("nothing", List.of(rule), occasions);
    }

    private static InvalidationTable plain() {
        Set<MappingKind> input = Set.of(STAGE_1, COMBINED);
        Set<MappingKind> stageTwo = Set.of(STAGE_2, COMBINED);
        Map<InvalidationEvent, List<InvalidationEffect>> removals = new EnumMap<>(InvalidationEvent.class);
        for (TagMatch space : List.of(CURRENT, GIVEN)) {
            boolean current = space == CURRENT;
            List<InvalidationEffect> whole =
                    List.of(new InvalidationEffect(input, CURRENT, space, ANY, OF_PAGE, ALL, true));
            List<InvalidationEffect> leaf =
                    List.of(new InvalidationEffect(input, CURRENT, space, ANY, OF_PAGE, NONE, true));
            removals.put(current ? InvalidationEvent.PAGE : InvalidationEvent.PAGE_OF_SPACE, whole);
            removals.put(current ? InvalidationEvent.RANGE : InvalidationEvent.RANGE_OF_SPACE, whole);
            removals.put(current ? InvalidationEvent.PAGE_LEAF : InvalidationEvent.PAGE_LEAF_OF_SPACE, leaf);
            removals.put(current ? InvalidationEvent.RANGE_LEAF : InvalidationEvent.RANGE_LEAF_OF_SPACE, leaf);
        }
        removals.put(InvalidationEvent.SPACE,
                List.of(new InvalidationEffect(input, CURRENT, GIVEN, ANY, ALL, ALL, false)));
        removals.put(InvalidationEvent.ALL_SPACES,
                List.of(new InvalidationEffect(input, CURRENT, ANY, ANY, ALL, ALL, false)));
        removals.put(InvalidationEvent.ROOT_LOAD,
                List.of(new InvalidationEffect(input, CURRENT, GIVEN, ANY, ALL, ALL, false)));
        removals.put(InvalidationEvent.ROOT_LOAD_KEEPING, List.of());
        removals.put(InvalidationEvent.PAGING_SWITCH,
                List.of(new InvalidationEffect(input, CURRENT, ANY, ANY, ALL, ALL, true)));
        removals.put(
                InvalidationEvent.FAULT,
                List.of(new InvalidationEffect(input, CURRENT, CURRENT, ANY, OF_PAGE, OF_ADDRESS, true)));
        removals.put(
                InvalidationEvent.STAGE_2_FAULT,
                List.of(
                        new InvalidationEffect(Set.of(STAGE_2), ANY, ANY, CURRENT, OF_ADDRESS, OF_ADDRESS, true),
                        new InvalidationEffect(Set.of(COMBINED), CURRENT, CURRENT, CURRENT, OF_ADDRESS, OF_ADDRESS,
                                true)));
        removals.put(InvalidationEvent.STAGE_2_CHANGE,
                List.of(new InvalidationEffect(stageTwo, ANY, ANY, GIVEN, ALL, ALL, true)));
        removals.put(
                InvalidationEvent.VM_PAGE,
                List.of(new InvalidationEffect(input, GIVEN, ANY, ANY, OF_PAGE, ALL, true)));
        removals.put(
                InvalidationEvent.VM_ALL, List.of(new InvalidationEffect(input, GIVEN, ANY, ANY, ALL, ALL, true)));
        removals.put(
                InvalidationEvent.ALL_VMS, List.of(new InvalidationEffect(input, NOT_ZERO, ANY, ANY, ALL, ALL, true)));
        removals.put(InvalidationEvent.ENTRY, List.of());
        removals.put(InvalidationEvent.EXIT, List.of());
        InvalidationEffect untagged = new InvalidationEffect(input, ZERO, ANY, ANY, ALL, ALL, true);
        removals.put(InvalidationEvent.ENTRY_UNTAGGED, List.of(untagged));
        removals.put(InvalidationEvent.EXIT_UNTAGGED, List.of(untagged));
        List<InvalidationRule> rules = new ArrayList<>();
        Map<InvalidationEvent, InvalidationRule> occasions = new EnumMap<>(InvalidationEvent.class);
        removals.forEach((occasion, all) -> {
            InvalidationRule rule = new InvalidationRule(occasion.name(), "memvirt's own", all);
            rules.add(rule);
            occasions.put(occasion, rule);
        });
        return new InvalidationTable("plain", rules, occasions);
    }
}
