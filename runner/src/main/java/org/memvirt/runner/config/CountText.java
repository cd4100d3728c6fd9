package org.memvirt.runner.config;

import org.memvirt.api.option.Counts;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Has an option take a count as {@link Counts} reads it. */
public final class CountText implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
        try {
            return Counts.parse(text);
        } catch (IllegalArgumentException e) {
            throw (TypeConversionException) new TypeConversionException(e.getMessage()).initCause(e);
        }
    }

    /** The same for counts that fit an {@code int}. */
    public static final class Small implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            long count = new CountText().convert(text);
            if (count != (int) count) {
                throw new TypeConversionException("'%s' is more than %d, or less than its negative"
                        .formatted(text, Integer.MAX_VALUE));
            }
            return (int) count;
        }
    }
}
