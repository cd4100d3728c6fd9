package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/**
 * Follows pointers from page to page along one random cycle through all of them (Sattolo's algorithm), at a different
 * cache line in neighbouring pages.
 */
public final class Chase implements WorkloadProvider {
    private static final int LINE = 64;

    @Override
    public String name() {
        return "chase";
    }

    @Override
    public String description() {
        return "pointers from page to page, along one random cycle through all of the footprint";
    }

    @Override
    public List<Option> options() {
        return Area.optionsAnd();
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        Area area = Area.of(options);
        SplitMix random = new SplitMix(seed);
        int[] next = cycle(area.pages(), random);
        return new Generator(accesses) {
            private int page;

            @Override
            void generate(long[] addresses, byte[] kinds, int count) {
                for (int i = 0; i < count; i++) {
                    long offset = (long) page * LINE & Area.PAGE - 1;
                    addresses[i] = area.base() + ((long) page << Area.PAGE_SHIFT) + offset;
                    kinds[i] = (byte) area.kind(random);
                    page = next[page];
                }
            }
        };
    }

    private static int[] cycle(long pages, SplitMix random) {
        if (pages > Zipf.MOST_PAGES) {
            throw new IllegalArgumentException("the cycle takes 4 bytes a page: the footprint is at most 512G");
        }
        int[] next = new int[(int) pages];
        for (int i = 0; i < next.length; i++) {
            next[i] = i;
        }
        for (int i = next.length - 1; i > 0; i--) {
            int other = (int) random.below(i);
            int kept = next[i];
            next[i] = next[other];
            next[other] = kept;
        }
        return next;
    }
}
