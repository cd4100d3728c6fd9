package org.memvirt.testkit.invalidation;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.memvirt.api.invalidation.InvalidationEffect;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationScope;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.api.invalidation.TagMatch;

/** Every row that differs from a given one in a single part, and must remove something else. */
final class Alterations {
    private Alterations() {}

    static List<List<InvalidationEffect>> of(InvalidationRule rule) {
        List<List<InvalidationEffect>> all = new ArrayList<>();
        if (rule.removals().isEmpty()) {
            for (MappingKind kind : MappingKind.values()) {
                all.add(List.of(new InvalidationEffect(
                        Set.of(kind), TagMatch.ANY, TagMatch.ANY, TagMatch.ANY, InvalidationScope.ALL,
                        InvalidationScope.NONE, false)));
            }
        }
        for (int at = 0; at < rule.removals().size(); at++) {
            List<InvalidationEffect> without = new ArrayList<>(rule.removals());
            without.remove(at);
            all.add(without);
            for (InvalidationEffect changed : of(rule.removals().get(at))) {
                List<InvalidationEffect> with = new ArrayList<>(rule.removals());
                with.set(at, changed);
                all.add(with);
            }
        }
        return all;
    }

    private static List<InvalidationEffect> of(InvalidationEffect one) {
        List<InvalidationEffect> all = new ArrayList<>();
        boolean ofStageTwoAlone = one.kinds().equals(Set.of(MappingKind.STAGE_2));
        for (MappingKind kind : one.kinds()) {
            Set<MappingKind> fewer = EnumSet.copyOf(one.kinds());
            fewer.remove(kind);
            all.add(new InvalidationEffect(
                    fewer, one.vm(), one.asid(), one.stageTwoRoot(), one.translations(), one.tables(), one.globals()));
        }
        for (TagMatch match : TagMatch.values()) {
            if (match != one.vm()) {
                all.add(new InvalidationEffect(
                        one.kinds(), match, one.asid(), one.stageTwoRoot(), one.translations(), one.tables(),
                        one.globals()));
            }
            // What stage 2 alone gave has no address space.
            if (match != one.asid() && !ofStageTwoAlone) {
                all.add(new InvalidationEffect(
                        one.kinds(), one.vm(), match, one.stageTwoRoot(), one.translations(), one.tables(),
                        one.globals()));
            }
            // No root is 0.
            if (match != one.stageTwoRoot() && !(one.stageTwoRoot() == TagMatch.ANY && match == TagMatch.NOT_ZERO)) {
                all.add(new InvalidationEffect(
                        one.kinds(), one.vm(), one.asid(), match, one.translations(), one.tables(), one.globals()));
            }
        }
        for (InvalidationScope extent : InvalidationScope.values()) {
            if (extent != one.translations() && !(ofStageTwoAlone && extent == InvalidationScope.OF_PAGE)) {
                all.add(new InvalidationEffect(
                        one.kinds(), one.vm(), one.asid(), one.stageTwoRoot(), extent, one.tables(), one.globals()));
            }
            // A table has no pieces.
            if (extent != one.tables() && extent != InvalidationScope.OF_PAGE) {
                all.add(new InvalidationEffect(
                        one.kinds(), one.vm(), one.asid(), one.stageTwoRoot(), one.translations(), extent,
                        one.globals()));
            }
        }
        if (!ofStageTwoAlone) {
            all.add(new InvalidationEffect(
                    one.kinds(), one.vm(), one.asid(), one.stageTwoRoot(), one.translations(), one.tables(),
                    !one.globals()));
        }
        return all;
    }
}
