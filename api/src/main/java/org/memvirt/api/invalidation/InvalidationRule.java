package org.memvirt.api.invalidation;

import java.util.List;

/**
 * What one operation of an architecture removes; nothing else goes. Manuals let processors remove more, but no program can
 * count on that.
 *
 * @param operation the manual's name for it, with what tells its forms apart
 * @param source manual and section
 * @param removals empty for an operation that removes nothing
 */
public record InvalidationRule(String operation, String source, List<InvalidationEffect> removals) {
    public InvalidationRule {
        removals = List.copyOf(removals);
    }
}
