package org.memvirt.runner.scenario;

import java.util.List;
import org.memvirt.api.option.Sizes;
import org.memvirt.runner.config.YamlNode;

/** The steps of a scenario that are the host's. */
final class HostSteps {
    private static final String VM = "vm";
    private static final String LOG = "by";
    private static final long SMALLEST_CLEARED = 2L << 20;
    private static final long LARGEST_CLEARED = 1L << 30;

    private final ScenarioCompiler compiler;

    HostSteps(ScenarioCompiler compiler) {
        this.compiler = compiler;
    }

    void step(YamlNode step, String what) {
        String place = step.place();
        switch (what) {
            case "swap" -> compiler.add(
                    new Action.Swap(place, compiler.fields(step, what, "size").size("size")));
            case "balloon" -> {
                Fields fields = compiler.fields(step, what, VM, "size");
                fields.node("size");
                long bytes = fields.sizeOrNone("size");
                for (VmModel vm : compiler.vmsOf(fields, what)) {
                    if (bytes > vm.memory) {
                        throw fields.node("size").wrong("a balloon of %s in a VM that has %s"
                                .formatted(Sizes.text(bytes), Sizes.text(vm.memory)));
                    }
                    compiler.add(new Action.Balloon(place, vm.number, bytes));
                }
            }
            case "merge" -> {
                compiler.fields(step, what);
                compiler.add(new Action.Merge(place));
            }
            case "compact" -> compact(compiler.fields(step, what, "size"));
            case "dissolve", "collapse" -> {
                Fields fields = compiler.fields(step, what, VM);
                for (VmModel vm : compiler.vmsOf(fields, what)) {
                    checkNotLogged(step, what, vm);
                    compiler.add(new Action.Regroup(place, vm.number, what.equals("dissolve")));
                }
            }
            case "migrate" -> migrate(
                    compiler.fields(step, what, VM, LOG, "accesses-per-page", "threshold", "rounds"));
            default -> log(step, what);
        }
    }

    private void compact(Fields fields) {
        long size = fields.has("size") ? fields.size("size") : SMALLEST_CLEARED;
        if (Long.bitCount(size) != 1 || size < SMALLEST_CLEARED || size > LARGEST_CLEARED) {
            throw fields.node("size").wrong("a piece that is cleared has 2M, 4M, 8M, ... or 1G, not "
                    + Sizes.text(size));
        }
        compiler.add(new Action.Compact(fields.step.place(), Long.numberOfTrailingZeros(size)));
    }

    private void migrate(Fields fields) {
        for (VmModel vm : compiler.vmsOf(fields, "migrate")) {
            checkNotLogged(fields.step, "migrate", vm);
            compiler.add(new Action.Migrate(
                    fields.step.place(), vm.number, fields.log(LOG), fields.count("accesses-per-page", 1, 1, 1 << 30),
                    fields.count("threshold", 64, 0, Integer.MAX_VALUE), (int) fields.count("rounds", 30, 1, 10_000)));
        }
    }

    private void log(YamlNode step, String what) {
        Fields fields = what.equals("log") ? compiler.fields(step, what, VM, LOG) : compiler.fields(step, what, VM);
        List<VmModel> vms = compiler.vmsOf(fields, what);
        for (VmModel vm : vms) {
            Action.Logging logging;
            if (what.equals("log")) {
                checkNotLogged(step, what, vm);
                logging = Action.Logging.BEGIN;
                vm.loggedAt = step.place();
            } else {
                if (vm.loggedAt.isEmpty()) {
                    throw step.wrong("%s: what VM '%s' stores to is not logged; 'log' begins that"
                            .formatted(what, fields.text(VM)));
                }
                logging = what.equals("read-log") ? Action.Logging.READ : Action.Logging.END;
                vm.loggedAt = what.equals("read-log") ? vm.loggedAt : "";
            }
            compiler.add(new Action.Log(step.place(), vm.number, fields.log(LOG), logging));
        }
    }

    private static void checkNotLogged(YamlNode step, String what, VmModel vm) {
        if (!vm.loggedAt.isEmpty()) {
            throw step
                    .wrong("%s: what this VM stores to is logged since %s, page by page; end that first, with 'end-log'"
                            .formatted(what, vm.loggedAt));
        }
    }
}
