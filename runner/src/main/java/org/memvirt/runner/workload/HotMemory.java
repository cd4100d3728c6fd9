package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/** Pages that are touched in turn, round after round: after the first one there are TLB misses, but no faults. */
public final class HotMemory implements WorkloadProvider {
    @Override
    public String name() {
        return "hot-memory";
    }

    @Override
    public String description() {
        return "one word of each page of the footprint in turn, again and again: misses without faults";
    }

    @Override
    public List<Option> options() {
        return Area.optionsAnd();
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        Area area = Area.of(options);
        SplitMix random = new SplitMix(seed);
        return new Generator(accesses) {
            private long page;

            @Override
            void generate(long[] addresses, byte[] kinds, int count) {
                for (int i = 0; i < count; i++) {
                    addresses[i] = area.word(page, 0);
                    kinds[i] = (byte) area.kind(random);
                    page = page + 1 == area.pages() ? 0 : page + 1;
                }
            }
        };
    }
}
