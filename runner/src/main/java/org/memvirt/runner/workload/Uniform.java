package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/** Words anywhere in the footprint, each as likely as the other: the access pattern of GUPS. */
public final class Uniform implements WorkloadProvider {
    @Override
    public String name() {
        return "uniform";
    }

    @Override
    public String description() {
        return "words anywhere in the footprint, all equally likely";
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
            @Override
            void generate(long[] addresses, byte[] kinds, int count) {
                for (int i = 0; i < count; i++) {
                    long page = random.below(area.pages());
                    long draw = random.next();
                    addresses[i] = area.word(page, draw);
                    kinds[i] = (byte) area.kind(draw);
                }
            }
        };
    }
}
