package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/** Pages that are all touched for the first time: when the footprint is used up it is given back, and begins anew. */
public final class ColdMemory implements WorkloadProvider {
    @Override
    public String name() {
        return "cold-memory";
    }

    @Override
    public String description() {
        return "one word of each page of the footprint, which is then given back and begun anew: every access faults";
    }

    @Override
    public List<Option> options() {
        return Area.optionsAnd();
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        Area area = Area.of(options);
        SplitMix random = new SplitMix(seed);
        return new Script(accesses) {
            private long page;

            @Override
            void generate(AccessBatch batch, int most) {
                if (page == area.pages()) {
                    page = 0;
                    batch.add(new GuestEvent.Map(area.base(), area.pages() * Area.PAGE, Rights.USER));
                }
                while (page < area.pages() && batch.length < most) {
                    batch.add(area.word(page++, 0), area.kind(random));
                }
            }
        };
    }
}
