package org.memvirt.api.tlb;

/**
 * The cache of stage-2 translations that a walker looks up for every gPA, as data; LRU.
 *
 * @param name unique within its MMU: what {@code --nested-tlb} takes
 * @param description one line for people
 * @param source where the figures come from, and which of them are estimates
 */
public record NestedTlbPreset(String name, String description, String source, int sets, int ways) {}
