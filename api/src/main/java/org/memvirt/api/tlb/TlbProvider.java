package org.memvirt.api.tlb;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;

/**
 * The service by which TLBs are found that are more than a {@link TlbPreset} can say; a class with a public constructor
 * without parameters. They serve every MMU whose hardware walks page tables.
 */
public interface TlbProvider {
    /** Unique, lower-case: what {@code --tlb} takes. */
    String name();

    /** One line for people. */
    String description();

    /** Options that it takes. */
    default List<Option> options() {
        return List.of();
    }

    /**
     * Makes the TLBs of one core; called once a core. All have {@link Tlb#counts} of the same groups.
     *
     * @param seed of everything random in them
     * @throws IllegalArgumentException for options that contradict each other
     */
    Tlb create(Options options, long seed);
}
