package org.memvirt.runner.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Sizes;
import org.memvirt.engine.CoreScheduler;
import org.memvirt.engine.Input;
import org.memvirt.runner.config.YamlNode;
import org.memvirt.runner.usage.WrongUsage;

/** Turns the steps of a scenario into actions; whatever makes no sense is told before anything runs. */
public final class ScenarioCompiler {
    private static final int MOST_STEPS = 1_000_000;
    private static final int MOST_OF_A_NAME = 10_000;
    private static final long MOST_MEMORY = 1L << 52;
    private static final String VM = "vm";
    private static final String PROCESS = "process";
    private static final String NAME = "[a-z][a-z0-9-]*";
    private static final List<String> STEPS = List.of(
            VM, "destroy", PROCESS, "map", "stack", "unmap", "protect", "touch", "flush", "fork", "thread", "exit",
            "run",
            "swap", "balloon", "merge", "compact", "dissolve", "collapse", "log", "read-log", "end-log", "migrate",
            "repeat");

    /** Finds what a process plays: a workload or a trace. */
    public interface Inputs {
        Input find(@Nullable String workload, @Nullable String trace, @Nullable Long accesses, long seed)
                throws IOException;
    }

    private final Map<String, String> options;
    private final Inputs inputs;
    // Bytes of host memory, or -1 where it is as large as it needs to be.
    private final long hostMemory;
    private final long seed;
    private final List<Action> actions = new ArrayList<>();
    private final HostSteps host = new HostSteps(this);
    private final Map<String, List<VmModel>> vms = new LinkedHashMap<>();
    private int made;
    private long counted;
    private long live;
    private long mostLive;

    ScenarioCompiler(Map<String, String> options, Inputs inputs, long hostMemory, long seed) {
        this.options = options;
        this.inputs = inputs;
        this.hostMemory = hostMemory;
        this.seed = seed;
    }

    List<Action> actions() {
        return actions;
    }

    /** The most memory that guests have at one time, in bytes. */
    long mostLive() {
        return mostLive;
    }

    void steps(List<YamlNode> steps) {
        steps.forEach(this::step);
    }

    private void step(YamlNode node) {
        Map<String, YamlNode> named = node.fields("a step", STEPS);
        if (named.size() != 1) {
            throw node.wrong("a step is one of %s, not %d of them".formatted(String.join(", ", STEPS), named.size()));
        }
        String what = named.keySet().iterator().next();
        YamlNode step = named.values().iterator().next();
        if (actions.isEmpty() && !what.equals(VM) && !what.equals("repeat")) {
            throw step.wrong("'%s': a scenario begins with a 'vm'".formatted(what));
        }
        switch (what) {
            case VM -> vm(fields(step, what, "name", "count", "memory", "vcpus", "if-refused"));
            case "destroy" -> destroy(fields(step, what, VM));
            case PROCESS -> process(fields(
                    step, what, VM, "name", "count", "vcpu", "workload", "trace", "accesses", "turn"));
            case "run" -> add(new Action.Run(
                    step.place(),
                    fields(step, what, "accesses").count("accesses", CoreScheduler.TO_THE_END, 1, Long.MAX_VALUE)));
            case "repeat" -> {
                Fields repeat = fields(step, what, "times", "steps");
                long times = repeat.count("times", 1, 1, MOST_STEPS);
                List<YamlNode> inner = repeat.node("steps").items("'steps'");
                for (long i = 0; i < times; i++) {
                    count(step.place());
                    steps(inner);
                }
            }
            case "swap", "balloon", "merge", "compact", "dissolve", "collapse", "log", "read-log", "end-log",
                    "migrate" ->
                    host.step(step, what);
            default -> ask(step, what);
        }
    }

    Fields fields(YamlNode step, String what, String... allowed) {
        return new Fields(step, what, List.of(allowed), options);
    }

    void add(Action action) {
        count(action.place());
        actions.add(action);
    }

    /** One more of what a scenario is made of: an action, a process, a round of a repetition. */
    private void count(String place) {
        if (++counted > MOST_STEPS) {
            throw new WrongUsage("%s: the scenario has more than %d steps, with their repetitions"
                    .formatted(place, MOST_STEPS));
        }
    }

    private static String name(Fields fields, String kind) {
        String name = fields.text("name");
        if (!name.matches(NAME)) {
            throw fields.node("name").wrong("'%s' is no name of a %s: a to z, 0 to 9 and -".formatted(name, kind));
        }
        return name;
    }

    // VMs.

    private void vm(Fields fields) {
        String name = name(fields, VM);
        long count = fields.count("count", 1, 1, MOST_OF_A_NAME);
        long memory = fields.size("memory");
        int vcpus = (int) fields.count("vcpus", 1, 1, 256);
        if (hostMemory >= 0 && memory > hostMemory) {
            throw fields.node("memory").wrong("a VM of %s is larger than the host's memory, which is %s"
                    .formatted(Sizes.text(memory), Sizes.text(hostMemory)));
        }
        boolean mayFail = fields.isSecond("if-refused", "stop", "skip");
        for (long i = 0; i < count; i++) {
            VmModel vm = new VmModel(made++, memory, vcpus);
            vms.computeIfAbsent(name, missing -> new ArrayList<>()).add(vm);
            if (memory > MOST_MEMORY - live) {
                throw fields.node("memory").wrong("all VMs together have more than " + Sizes.text(MOST_MEMORY));
            }
            live += memory;
            mostLive = Math.max(mostLive, live);
            add(new Action.Create(fields.step.place(), vm.number, memory, vcpus, mayFail));
        }
    }

    private void destroy(Fields fields) {
        for (VmModel vm : vmsOf(fields, "destroy")) {
            vm.endedAt = fields.step.place();
            live -= vm.memory;
            add(new Action.Destroy(fields.step.place(), vm.number));
        }
    }

    /** Those of a name, or one of them by {@code NAME.N} in the order of their making; all must be there. */
    List<VmModel> vmsOf(Fields fields, String what) {
        YamlNode node = fields.node(VM);
        List<VmModel> found = select(node, fields.text(VM), vms, "VM");
        if (fields.text(VM).contains(".")) {
            String ended = found.getFirst().endedAt;
            if (!ended.isEmpty()) {
                throw node.wrong("%s: VM '%s' has ended, at %s".formatted(what, fields.text(VM), ended));
            }
            return found;
        }
        List<VmModel> there = found.stream().filter(vm -> vm.endedAt.isEmpty()).toList();
        if (there.isEmpty()) {
            throw node.wrong("%s: every VM '%s' has ended, the last at %s"
                    .formatted(what, fields.text(VM), found.getLast().endedAt));
        }
        return there;
    }

    private static <T> List<T> select(YamlNode node, String text, Map<String, List<T>> all, String kind) {
        int dot = text.indexOf('.');
        String name = dot < 0 ? text : text.substring(0, dot);
        List<T> found = all.get(name);
        if (found == null) {
            throw node.wrong("there is no %s '%s'; there is %s"
                    .formatted(kind, name, all.isEmpty() ? "none" : String.join(", ", all.keySet())));
        }
        if (dot < 0) {
            return found;
        }
        String number = text.substring(dot + 1);
        if (number.equals("last")) {
            return List.of(found.getLast());
        }
        if (!number.matches("[0-9]{1,6}") || Integer.parseInt(number) >= found.size()) {
            throw node.wrong("there is no %s '%s'; '%s' are numbered from 0 to %d"
                    .formatted(kind, text, name, found.size() - 1));
        }
        return List.of(found.get(Integer.parseInt(number)));
    }

    // Processes.

    private void process(Fields fields) {
        String name = name(fields, PROCESS);
        long count = fields.count("count", 1, 1, MOST_OF_A_NAME);
        String workload = fields.textOrNull("workload");
        String trace = fields.textOrNull("trace");
        if (workload != null && trace != null) {
            throw fields.node("trace").wrong("a process plays a workload or a trace, not both");
        }
        if (trace != null && !Files.isRegularFile(Path.of(trace))) {
            throw fields.node("trace").wrong("'trace: %s' is no file".formatted(trace));
        }
        boolean plays = workload != null || trace != null;
        for (String ofInput : List.of("accesses", "turn")) {
            if (!plays && fields.has(ofInput)) {
                throw fields.node(ofInput).wrong("'%s' is of a process that plays a workload or a trace"
                        .formatted(ofInput));
            }
        }
        Long accesses = fields.has("accesses") ? fields.count("accesses", 1, 1, Long.MAX_VALUE) : null;
        long turn = fields.count("turn", 10_000, 1, Long.MAX_VALUE);
        int numbered = 0;
        for (VmModel vm : vmsOf(fields, PROCESS)) {
            int vcpu = (int) fields.count("vcpu", 0, 0, vm.vcpus - 1);
            for (long i = 0; i < count; i++) {
                count(fields.step.place());
                ProcessModel process = vm.add(name, vcpu, plays);
                if (plays) {
                    add(new Action.Play(fields.step.place(), process.cpu, process.number,
                            input(fields, workload, trace, accesses, seed + numbered++), turn));
                }
            }
        }
    }

    private Input input(
            Fields fields, @Nullable String workload, @Nullable String trace, @Nullable Long accesses, long itsSeed) {
        try {
            return inputs.find(workload, trace, accesses, itsSeed);
        } catch (WrongUsage e) {
            throw fields.node(workload != null ? "workload" : "trace").wrong(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw fields.node("trace").wrong("'trace: %s' cannot be read".formatted(trace));
        }
    }

    private void ask(YamlNode step, String what) {
        Fields fields =
                switch (what) {
                    case "map" -> fields(step, what, VM, PROCESS, "start", "size", "rights", "object", "offset");
                    case "protect", "touch" -> fields(step, what, VM, PROCESS, "start", "size", "rights");
                    case "stack" -> fields(step, what, VM, PROCESS, "end", "size");
                    case "fork", "thread" -> fields(step, what, VM, PROCESS, "child");
                    case "exit" -> fields(step, what, VM, PROCESS);
                    default -> fields(step, what, VM, PROCESS, "start", "size");
                };
        for (VmModel vm : vmsOf(fields, what)) {
            List<ProcessModel> asked =
                    List.copyOf(select(fields.node(PROCESS), fields.text(PROCESS), vm.processes, PROCESS));
            for (ProcessModel process : asked) {
                process.check(step, what);
                ask(fields, what, vm, process);
            }
        }
    }

    private void ask(Fields fields, String what, VmModel vm, ProcessModel process) {
        YamlNode step = fields.step;
        boolean ofRange = !List.of("fork", "thread", "exit").contains(what);
        long size = ofRange ? fields.size("size") : 0;
        long start = ofRange ? start(fields, size) : 0;
        long end = start + size;
        boolean begins = process.begin();
        if (what.equals("touch")) {
            process.needs(step, what, start, end);
            int rights = fields.rights("rights", Rights.USER_WRITE);
            if (!Rights.areOfOneAccess(rights)) {
                throw fields.node("rights").wrong("an access needs r, w, x or rw");
            }
            add(new Action.Touch(step.place(), process.cpu, process.number, start, size, rights));
            return;
        }
        GuestEvent event =
                switch (what) {
                    case "map" -> {
                        process.map(step, start, end);
                        yield mapped(fields, vm, start, size);
                    }
                    case "stack" -> {
                        process.stack(step, start, end);
                        yield new GuestEvent.Map(start, size, Rights.USER_READ | Rights.USER_WRITE);
                    }
                    case "unmap" -> {
                        process.unmap(step, start, end);
                        yield new GuestEvent.Unmap(start, size);
                    }
                    case "protect" -> {
                        process.needs(step, what, start, end);
                        yield new GuestEvent.Protect(start, size, fields.rights("rights", Rights.USER));
                    }
                    case "flush" -> {
                        process.needs(step, what, start, end);
                        yield new GuestEvent.Flush(start, size);
                    }
                    case "thread" -> new GuestEvent.StartThread(vm.thread(process, child(fields)).number);
                    case "fork" -> new GuestEvent.Fork(vm.fork(process, child(fields)).number);
                    default -> {
                        process.end(step);
                        yield new GuestEvent.Exit();
                    }
                };
        add(new Action.Ask(step.place(), process.cpu, process.number, begins, List.of(event)));
    }

    /** The first address of a range, which may be given by its end. */
    private static long start(Fields fields, long size) {
        if (!fields.has("end")) {
            return fields.address("start");
        }
        long end = fields.address("end");
        if (end < size) {
            throw fields.node("size").wrong("a stack of %s does not fit below %#x".formatted(Sizes.text(size), end));
        }
        return end - size;
    }

    private static GuestEvent mapped(Fields fields, VmModel vm, long start, long size) {
        int rights = fields.rights("rights", Rights.USER);
        if (!fields.has("object")) {
            if (fields.has("offset")) {
                throw fields.node("offset").wrong("'offset' is of an 'object'");
            }
            return new GuestEvent.Map(start, size, rights);
        }
        long offset = fields.sizeOrNone("offset");
        return new GuestEvent.MapShared(start, size, rights, vm.object(fields.text("object")), offset);
    }

    private static String child(Fields fields) {
        String child = fields.text("child");
        if (!child.matches(NAME)) {
            throw fields.node("child").wrong("'%s' is no name of a process: a to z, 0 to 9 and -".formatted(child));
        }
        return child;
    }
}
