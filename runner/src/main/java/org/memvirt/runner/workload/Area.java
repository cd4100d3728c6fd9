package org.memvirt.runner.workload;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Option.Kind;
import org.memvirt.api.option.Options;

/**
 * What all workloads share: the memory they touch, in pages of 4 KiB, and how many of the accesses write.
 *
 * @param base its first address
 * @param pages how many pages it has
 * @param writes of 2^32 accesses, how many are stores
 */
record Area(long base, long pages, long writes) {
    static final int PAGE_SHIFT = 12;
    static final int PAGE = 1 << PAGE_SHIFT;

    private static final long CERTAIN = 1L << 32;

    static List<Option> optionsAnd(Option... more) {
        List<Option> options = new ArrayList<>(List.of(
                new Option("footprint", Kind.SIZE, "1G", "bytes that it touches, a multiple of 4K"),
                new Option("writes", Kind.DECIMAL, "0", "share of the accesses that are stores, from 0 to 1"),
                new Option("base", Kind.SIZE, "16T", "the first address, a multiple of 4K")));
        Collections.addAll(options, more);
        return List.copyOf(options);
    }

    /** One of a workload that has {@link #optionsAnd}. */
    static Area of(Options options) {
        Area reads = withoutWrites(options);
        double writes = options.decimal("writes");
        if (writes < 0 || writes > 1) {
            throw new IllegalArgumentException("writes=" + options.text("writes") + ": a share is from 0 to 1");
        }
        return new Area(reads.base, reads.pages, Math.round(writes * CERTAIN));
    }

    /** One of a workload that has of those options {@code footprint} and {@code base}. */
    static Area withoutWrites(Options options) {
        long footprint = options.size("footprint");
        if (footprint == 0 || footprint % PAGE != 0) {
            throw new IllegalArgumentException(
                    "footprint=" + options.text("footprint") + ": it is a multiple of 4K, and not 0");
        }
        long base = options.size("base");
        if (base % PAGE != 0 || base + footprint < 0) {
            throw new IllegalArgumentException(
                    "base=" + options.text("base")
                            + ": it is a multiple of 4K, and base and footprint stay below 2^63");
        }
        return new Area(base, footprint / PAGE, 0);
    }

    /** A read, or a write for a share of the draws that goes by their lower half. */
    int kind(long draw) {
        return (draw & CERTAIN - 1) < writes ? Rights.USER_WRITE : Rights.USER_READ;
    }

    /** The same by a draw of its own, which is not made where nothing writes. */
    int kind(SplitMix random) {
        return kind(writes == 0 ? 0 : random.next());
    }

    /** An aligned word in {@code page}, chosen by the upper bits of the draw. */
    long word(long page, long draw) {
        return base + (page << PAGE_SHIFT) + (draw >>> 64 - (PAGE_SHIFT - 3) << 3);
    }
}
