package org.memvirt.runner.config;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The machines of a command: every strategy with every TLB and every walk cache on each MMU.
 *
 * @param mmus their names, with options; null is the usual one
 * @param tlbs as given; null is what an MMU has first; likewise the walk caches
 */
public record MachineList(
        List<@Nullable String> mmus, List<@Nullable String> tlbs, List<@Nullable String> walkCaches,
        List<Selection> vmms) {
    /** The TLBs and the walk cache of a machine. */
    record Caches(@Nullable String tlb, @Nullable String walkCache) {}

    /** One MMU with one TLB and one walk cache. */
    public static MachineList ofOne(MachineOptions options, List<Selection> vmms) {
        return new MachineList(one(options.mmu), one(options.tlb), one(options.walkCache), vmms);
    }

    /** As many as the options name, each with commas between them. */
    public static MachineList ofSeveral(MachineOptions options, List<Selection> vmms) {
        return new MachineList(
                several(options.mmu), several(options.tlb), several(options.walkCache), vmms);
    }

    /** Whether one of several MMUs is another one, and not the same with other options. */
    boolean severalMmus() {
        return mmus.stream().map(mmu -> mmu == null ? null : mmu.replaceFirst(":.*", "")).distinct().count() > 1;
    }

    /** Each TLB with each walk cache. */
    List<Caches> caches() {
        return tlbs.stream()
                .flatMap(tlb -> walkCaches.stream().map(walkCache -> new Caches(tlb, walkCache)))
                .toList();
    }

    private static List<@Nullable String> one(@Nullable String given) {
        return Collections.singletonList(given);
    }

    private static List<@Nullable String> several(@Nullable String given) {
        return given == null ? one(null) : List.copyOf(Selection.split(given));
    }
}
