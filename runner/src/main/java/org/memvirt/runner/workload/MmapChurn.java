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
 * A program that gives pages back and takes them anew while it works: words anywhere in the footprint, and now and then a page
 * of it that is mapped again, empty. Each such page costs its kernel two updates of the page table, if it was touched: one
 * that removes it, and one at its next touch.
 */
public final class MmapChurn implements WorkloadProvider {
    private static final long MILLION = 1_000_000;

    @Override
    public String name() {
        return "mmap-churn";
    }

    @Override
    public String description() {
        return "words anywhere in the footprint, of which pages are unmapped and mapped again now and then";
    }

    @Override
    public List<Option> options() {
        return Area.optionsAnd(new Option(
                "remaps", Option.Kind.INTEGER, "1000",
                "pages that are mapped again, per million accesses; up to a million"));
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        Area area = Area.of(options);
        long remaps = options.integer("remaps");
        if (remaps > MILLION) {
            throw new IllegalArgumentException("remaps=" + options.text("remaps") + ": one for each access at most");
        }
        SplitMix random = new SplitMix(seed);
        return new Script(accesses) {
            // Of the accesses until now, in millionths of a page that is due.
            private long due;

            @Override
            void generate(AccessBatch batch, int most) {
                if (due >= MILLION) {
                    due -= MILLION;
                    long page = random.below(area.pages());
                    batch.add(new GuestEvent.Map(area.word(page, 0), Area.PAGE, Rights.USER));
                }
                int count = most;
                if (remaps > 0) {
                    count = (int) Math.min(most, Math.ceilDiv(MILLION - due, remaps));
                }
                for (int i = 0; i < count; i++) {
                    long page = random.below(area.pages());
                    long draw = random.next();
                    batch.add(area.word(page, draw), area.kind(draw));
                }
                due += count * remaps;
            }
        };
    }
}
