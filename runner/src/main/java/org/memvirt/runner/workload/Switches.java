package org.memvirt.runner.workload;

import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

/** Processes that run in turn, each in a footprint of its own at the same addresses. */
public final class Switches implements WorkloadProvider {
    private static final int MOST = 100_000;

    @Override
    public String name() {
        return "switches";
    }

    @Override
    public String description() {
        return "processes in turn, each with words anywhere in a footprint of its own";
    }

    @Override
    public List<Option> options() {
        return Area.optionsAnd(
                new Option("processes", Option.Kind.INTEGER, "8", "how many there are"),
                new Option("turn", Option.Kind.INTEGER, "1000", "accesses of a turn"));
    }

    @Override
    public AccessSource open(Options options, long accesses, long seed) {
        Area area = Area.of(options);
        long processes = options.integer("processes");
        long turn = options.integer("turn");
        if (processes < 1 || processes > MOST || turn < 1) {
            throw new IllegalArgumentException(
                    "processes=%s, turn=%s: there are 1 to %d processes, with turns of 1 or more"
                            .formatted(options.text("processes"), options.text("turn"), MOST));
        }
        SplitMix random = new SplitMix(seed);
        return new Script(accesses) {
            private int process = -1;
            private long left;

            @Override
            void generate(AccessBatch batch, int most) {
                if (left == 0) {
                    process = (int) ((process + 1) % processes);
                    left = turn;
                    batch.add(new GuestEvent.Switch(process));
                }
                int count = (int) Math.min(most, left);
                for (int i = 0; i < count; i++) {
                    long page = random.below(area.pages());
                    long draw = random.next();
                    batch.add(area.word(page, draw), area.kind(draw));
                }
                left -= count;
            }
        };
    }
}
