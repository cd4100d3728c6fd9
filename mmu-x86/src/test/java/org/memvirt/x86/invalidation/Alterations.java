package org.memvirt.x86.invalidation;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.memvirt.api.invalidation.Extent;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.api.invalidation.Match;
import org.memvirt.api.invalidation.Removal;

/** Every row that differs from a given one in a single part, and must remove something else. */
final class Alterations {
    private Alterations() {}

    static List<List<Removal>> of(InvalidationRule rule) {
        List<List<Removal>> all = new ArrayList<>();
        if (rule.removals().isEmpty()) {
            for (MappingKind kind : MappingKind.values()) {
                all.add(List.of(new Removal(
                        Set.of(kind), Match.ANY, Match.ANY, Match.ANY, Extent.ALL, Extent.NONE, false)));
            }
        }
        for (int at = 0; at < rule.removals().size(); at++) {
            List<Removal> without = new ArrayList<>(rule.removals());
            without.remove(at);
            all.add(without);
            for (Removal changed : of(rule.removals().get(at))) {
                List<Removal> with = new ArrayList<>(rule.removals());
                with.set(at, changed);
                all.add(with);
            }
        }
        return all;
    }

    private static List<Removal> of(Removal one) {
        List<Removal> all = new ArrayList<>();
        boolean ofStageTwoAlone = one.kinds().equals(Set.of(MappingKind.STAGE_2));
        for (MappingKind kind : one.kinds()) {
            Set<MappingKind> fewer = EnumSet.copyOf(one.kinds());
            fewer.remove(kind);
            all.add(new Removal(
                    fewer, one.vm(), one.asid(), one.stageTwoRoot(), one.translations(), one.tables(), one.globals()));
        }
        for (Match match : Match.values()) {
            if (match != one.vm()) {
                all.add(new Removal(
                        one.kinds(), match, one.asid(), one.stageTwoRoot(), one.translations(), one.tables(),
                        one.globals()));
            }
            // What stage 2 alone gave has no address space.
            if (match != one.asid() && !ofStageTwoAlone) {
                all.add(new Removal(
                        one.kinds(), one.vm(), match, one.stageTwoRoot(), one.translations(), one.tables(),
                        one.globals()));
            }
            // No root is 0.
            if (match != one.stageTwoRoot() && !(one.stageTwoRoot() == Match.ANY && match == Match.NOT_ZERO)) {
                all.add(new Removal(
                        one.kinds(), one.vm(), one.asid(), match, one.translations(), one.tables(), one.globals()));
            }
        }
        for (Extent extent : Extent.values()) {
            if (extent != one.translations() && !(ofStageTwoAlone && extent == Extent.OF_PAGE)) {
                all.add(new Removal(
                        one.kinds(), one.vm(), one.asid(), one.stageTwoRoot(), extent, one.tables(), one.globals()));
            }
            // The engine caches no tables of stage 2; a table has no pieces.
            if (extent != one.tables() && !ofStageTwoAlone && extent != Extent.OF_PAGE) {
                all.add(new Removal(
                        one.kinds(), one.vm(), one.asid(), one.stageTwoRoot(), one.translations(), extent,
                        one.globals()));
            }
        }
        if (!ofStageTwoAlone) {
            all.add(new Removal(
                    one.kinds(), one.vm(), one.asid(), one.stageTwoRoot(), one.translations(), one.tables(),
                    !one.globals()));
        }
        return all;
    }
}
