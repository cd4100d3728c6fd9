package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Option.Kind;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/** Upwards through the footprint in equal steps, and from its beginning again. */
public final class Stride implements WorkloadProvider {
    @Override
    public String name() {
        return "stride";
    }

    @Override
    public String description() {
        return "upwards through the footprint in equal steps, again and again";
    }

    @Override
    public List<Option> options() {
        return Area
                .optionsAnd(new Option("step", Kind.SIZE, "4K", "bytes from one access to the next, a multiple of 8"));
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        long step = options.size("step");
        if (step == 0 || step % Long.BYTES != 0) {
            throw new IllegalArgumentException("step=" + options.text("step") + ": it is a multiple of 8, and not 0");
        }
        return stepping(Area.of(options), step, accesses, seed);
    }

    static AccessSource stepping(Area area, long step, long accesses, long seed) {
        long bytes = area.pages() << Area.PAGE_SHIFT;
        long stepWithin = step % bytes;
        SplitMix random = new SplitMix(seed);
        return new Generator(accesses) {
            private long offset;

            @Override
            void generate(long[] addresses, byte[] kinds, int count) {
                for (int i = 0; i < count; i++) {
                    addresses[i] = area.base() + offset;
                    kinds[i] = (byte) area.kind(random);
                    offset += stepWithin;
                    if (offset >= bytes) {
                        offset -= bytes;
                    }
                }
            }
        };
    }
}
