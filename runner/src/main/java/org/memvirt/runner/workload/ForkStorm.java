package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/**
 * A process that writes its whole footprint and then forks again and again; each child writes some of its pages, which copies
 * them, and exits, and the parent writes as many.
 */
public final class ForkStorm implements WorkloadProvider {
    private static final int PARENT = 0;
    private static final int CHILD = 1;

    @Override
    public String name() {
        return "fork-storm";
    }

    @Override
    public String description() {
        return "a process that forks again and again; each child writes some pages and exits";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("footprint", Option.Kind.SIZE, "1M", "bytes of the parent, a multiple of 4K"),
                new Option("base", Option.Kind.SIZE, "16T", "the first address, a multiple of 4K"),
                new Option("pages", Option.Kind.INTEGER, "32", "pages that a child writes, and its parent after it"));
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        Area area = Area.withoutWrites(options);
        long pages = options.integer("pages");
        if (pages < 1) {
            throw new IllegalArgumentException("pages=" + options.text("pages") + ": a child writes 1 or more");
        }
        SplitMix random = new SplitMix(seed);
        return new Script(accesses) {
            private long filled;
            private int running = PARENT;
            private long left;

            @Override
            void generate(AccessBatch batch, int most) {
                if (filled < area.pages()) {
                    while (filled < area.pages() && batch.length < most) {
                        batch.add(area.word(filled++, 0), Rights.USER_WRITE);
                    }
                    return;
                }
                if (left == 0) {
                    left = pages;
                    change(batch);
                }
                for (; left > 0 && batch.length < most; left--) {
                    batch.add(area.word(random.below(area.pages()), random.next()), Rights.USER_WRITE);
                }
            }

            private void change(AccessBatch batch) {
                if (running == PARENT) {
                    batch.add(new GuestEvent.Fork(CHILD));
                    running = CHILD;
                } else {
                    batch.add(new GuestEvent.Exit());
                    running = PARENT;
                }
                batch.add(new GuestEvent.Switch(running));
            }
        };
    }
}
