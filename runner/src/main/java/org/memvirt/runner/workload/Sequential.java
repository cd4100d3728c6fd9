package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/** Cache line after cache line through the footprint, and from its beginning again. */
public final class Sequential implements WorkloadProvider {
    private static final int LINE = 64;

    @Override
    public String name() {
        return "sequential";
    }

    @Override
    public String description() {
        return "every 64 bytes through the footprint, again and again";
    }

    @Override
    public List<Option> options() {
        return Area.optionsAnd();
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        return Stride.stepping(Area.of(options), LINE, accesses, seed);
    }
}
