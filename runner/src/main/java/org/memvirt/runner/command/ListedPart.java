package org.memvirt.runner.command;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.WrongUsage;

/** A kind of what {@code list} lists, by the word that asks for it. */
enum ListedPart {
    MMUS,
    FORMATS,
    TLBS,
    WALK_CACHES,
    NESTED_TLBS,
    STRATEGIES,
    WORKLOADS,
    SCENARIOS,
    TRACE_FORMATS,
    COST_MODELS,
    PLUGINS;

    /** All of them. */
    static final Set<ListedPart> ALL = Set.of(values());

    /** The word: {@code walk-caches}. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Those of the words; all when there is none.
     *
     * @throws WrongUsage for another word
     */
    static Set<ListedPart> of(List<String> words) {
        Set<ListedPart> parts = EnumSet.noneOf(ListedPart.class);
        List<String> known = Arrays.stream(values()).map(ListedPart::word).toList();
        for (String word : words) {
            int which = known.indexOf(word);
            if (which < 0) {
                throw new WrongUsage("list %s: there is no such list; there is %s"
                        .formatted(word, NearestNames.few(word, known, "'memvirt help list'")));
            }
            parts.add(values()[which]);
        }
        return parts.isEmpty() ? ALL : parts;
    }
}
