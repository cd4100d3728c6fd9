package org.memvirt.runner.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Options;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.runner.usage.WrongUsage;

/**
 * The page-table format that an option names.
 *
 * @param resolved the format with the values of all its options, as it could be given
 */
record FormatChoice(PageTableFormat format, String resolved) {
    /**
     * Chooses one of {@code all}.
     *
     * @param kind what they are, for messages
     * @param option that names it: {@code --format}
     * @param given its value; null for the first
     * @throws WrongUsage when there is none at all or none of that name, or it does not take its options
     */
    static FormatChoice of(
            Backends backends, String kind, List<PageTableFormat> all, String option, @Nullable String given) {
        if (all.isEmpty()) {
            throw new WrongUsage("%s: there is no %s".formatted(option, kind));
        }
        Selection selection = given == null
                ? new Selection(all.getFirst().name(), Map.of())
                : Selection.parse(option, given);
        PageTableFormat format =
                backends.used(Selection.among(option, kind, selection.name(), all, PageTableFormat::name));
        Options values = selection.values(option, "format", format.options());
        try {
            return new FormatChoice(
                    format.with(selection.options()), selection.resolved(format.options(), values));
        } catch (IllegalArgumentException e) {
            throw new WrongUsage("%s %s: %s".formatted(option, given, e.getMessage()), e);
        }
    }
}
