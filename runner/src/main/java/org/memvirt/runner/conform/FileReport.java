package org.memvirt.runner.conform;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.conform.VectorTally;

/**
 * What came of one file.
 *
 * @param file as it was given
 * @param family empty when its header could not be read
 * @param tally of all that was played
 * @param shown the first mismatches, each as lines of text
 * @param failure what kept it from being played to its end, or null
 */
public record FileReport(
        String file, String family, VectorTally tally, List<String> shown, @Nullable Exception failure) {}
