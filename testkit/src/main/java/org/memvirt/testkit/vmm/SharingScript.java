package org.memvirt.testkit.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.Vm;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.guest.GuestKernel;
import org.memvirt.engine.guest.Process;

/**
 * A guest whose processes and threads run on all its CPUs, share memory by objects and by forks, and change ranges that cut
 * large pages, beside {@link SharingModel}: every value that is read and every access that is refused must be the model's.
 */
public final class SharingScript {
    private static final int MOST_PROCESSES = 5;
    private static final int OBJECTS = 2;
    private static final int[] RIGHTS = {
        Rights.USER_READ,
        Rights.USER_READ | Rights.USER_WRITE,
        Rights.USER_READ | Rights.USER_WRITE,
        Rights.USER_READ | Rights.USER_EXECUTE,
        Rights.USER
    };

    /** A process with what it should see. */
    private record Program(Process process, SharingModel.Space space) {}

    private final Machine machine;
    private final Vm vm;
    private final GuestKernel kernel;
    private final SplittableRandom random;
    private final int base;
    // Pages of the smallest size where programs live together: two large pages, and some at both ends.
    private final long clusterPages;
    private final List<Long> clusters = new ArrayList<>();
    private final SharingModel model;
    private final List<Program> programs = new ArrayList<>();
    // By CPU, what runs there.
    private final Program[] running;
    private final boolean forbidsExecution;
    private final List<String> log = new ArrayList<>();
    private int cpu;

    /**
     * @param largeShift offset bits of a page size that is worth cutting
     * @param forbidsExecution whether the guest's page tables can do that
     */
    public SharingScript(Machine machine, SplittableRandom random, int largeShift, boolean forbidsExecution) {
        this.machine = machine;
        this.random = random;
        this.forbidsExecution = forbidsExecution;
        vm = machine.vms().getFirst();
        kernel = vm.kernel();
        base = machine.config().format().pageShifts().getFirst();
        clusterPages = (2L << largeShift - base) + 8;
        long room = Math.max(4L << largeShift, 16L << base);
        for (long at : new long[] {room, kernel.userEnd() / 2 & -room, kernel.userEnd() - 2 * room}) {
            // Half a page aside: objects do not begin where large pages do.
            clusters.add(at - (4L << base));
        }
        model = new SharingModel(base);
        running = new Program[vm.vcpus().size()];
        for (int i = 0; i < MOST_PROCESSES; i++) {
            programs.add(new Program(kernel.spawn(), new SharingModel.Space()));
        }
        for (int number = 0; number < running.length; number++) {
            use(number);
            run(programs.get(random.nextInt(programs.size())));
        }
    }

    /** Goes on for that many steps. */
    public void play(int steps) {
        for (int step = 0; step < steps; step++) {
            if (random.nextInt(5) == 0) {
                use(random.nextInt(running.length));
            }
            long address = address();
            switch (random.nextInt(100)) {
                case 0, 1 -> fork();
                case 2, 3 -> startThread();
                case 4 -> exit(random.nextInt(programs.size()));
                case 5, 6, 7, 8, 9, 10 -> run(programs.get(random.nextInt(programs.size())));
                case 11, 12, 13, 14, 15, 16, 17, 18 -> allow(address);
                case 19, 20, 21, 22 -> allowShared(address);
                case 23, 24, 25, 26 -> forbid(address);
                case 27, 28, 29, 30, 31, 32 -> protect(address);
                case 33 -> {
                    note("the daemon", 0);
                    kernel.collapse();
                }
                case 34 -> flush(address);
                case 35, 36, 37, 38, 39 -> fetch(address);
                default -> {
                    if (random.nextBoolean()) {
                        load(address);
                    } else {
                        store(address);
                    }
                }
            }
        }
    }

    /** Checks that every process finds the first word of each page that it may read. */
    public void checkAll() {
        use(0);
        for (Program program : programs) {
            run(program);
            model.readable(program.space).forEach((address, value) -> assertThat(read(address))
                    .as("%#x %s", address, this)
                    .isEqualTo(OptionalLong.of(value)));
        }
    }

    // CPUs.

    private void use(int number) {
        Vcpu vcpu = vm.vcpus().get(number);
        if (!vcpu.isOnCore() || random.nextInt(4) == 0) {
            machine.place(vcpu, machine.cores().get(random.nextInt(machine.cores().size())));
        }
        kernel.on(number);
        cpu = number;
    }

    private Program current() {
        return running[cpu];
    }

    private void run(Program program) {
        note("switch to " + programs.indexOf(program), 0);
        kernel.run(program.process);
        running[cpu] = program;
    }

    // Processes.

    private void fork() {
        int child = idleProgram();
        if (child >= 0) {
            note("fork to " + child, 0);
            kernel.exit(programs.get(child).process);
            programs.set(child, new Program(kernel.fork(current().process), model.fork(current().space)));
        }
    }

    private void startThread() {
        int child = idleProgram();
        if (child >= 0) {
            note("thread " + child, 0);
            kernel.exit(programs.get(child).process);
            programs.set(child, new Program(kernel.startThread(current().process), current().space));
        }
    }

    /** One that runs nowhere, or -1. */
    private int idleProgram() {
        int chosen = random.nextInt(programs.size());
        for (Program each : running) {
            if (each == programs.get(chosen)) {
                return -1;
            }
        }
        return chosen;
    }

    private void exit(int number) {
        note("exit of " + number, 0);
        Program ended = programs.get(number);
        kernel.exit(ended.process);
        programs.set(number, new Program(kernel.spawn(), new SharingModel.Space()));
        int here = cpu;
        for (int other = 0; other < running.length; other++) {
            if (running[other] == ended) {
                use(other);
                run(programs.get(number));
            }
        }
        use(here);
    }

    // Ranges.

    private long address() {
        long cluster = clusters.get(random.nextInt(clusters.size()));
        // Most of the time near the beginning, where things happen again and again.
        long pages = random.nextInt(3) == 0 ? clusterPages : Math.min(clusterPages, 12);
        long offset = random.nextInt(4) == 0 ? random.nextLong(1L << base) & -8 : 0;
        return cluster + (random.nextLong(pages) << base) + offset;
    }

    private long pagesFrom(long start) {
        long cluster = clusters.stream()
                .filter(at -> at <= start && start < at + (clusterPages << base))
                .findFirst()
                .orElseThrow();
        long left = clusterPages - (start - cluster >>> base);
        return 1 + random.nextLong(random.nextBoolean() ? Math.min(left, 8) : left);
    }

    private int rights() {
        return RIGHTS[random.nextInt(RIGHTS.length)];
    }

    private void allow(long address) {
        long start = address & -1L << base;
        long pages = pagesFrom(start);
        int rights = rights();
        note("allow %d pages %s".formatted(pages, Rights.text(rights)), start);
        kernel.allow(current().process, start, pages << base, rights);
        model.allow(current().space, start, pages, rights);
    }

    private void allowShared(long address) {
        long start = address & -1L << base;
        long pages = pagesFrom(start);
        int rights = rights();
        int object = random.nextInt(OBJECTS);
        long from = random.nextInt(3) == 0 ? random.nextLong(8) : (start >>> base) % clusterPages;
        note("share %d pages of %d from %d %s".formatted(pages, object, from, Rights.text(rights)), start);
        kernel.allowShared(current().process, start, pages << base, rights, object, from << base);
        model.allowShared(current().space, start, pages, rights, object, from);
    }

    private void forbid(long address) {
        long start = address & -1L << base;
        long pages = pagesFrom(start);
        note("forbid %d pages".formatted(pages), start);
        kernel.forbid(current().process, start, pages << base);
        model.forbid(current().space, start, pages);
    }

    private void protect(long address) {
        long start = address & -1L << base;
        long pages = pagesFrom(start);
        int rights = rights();
        note("protect %d pages %s".formatted(pages, Rights.text(rights)), start);
        kernel.protect(current().process, start, pages << base, rights);
        model.protect(current().space, start, pages, rights);
    }

    private void flush(long address) {
        long start = address & -1L << base;
        long bytes = random.nextBoolean() ? 0 : pagesFrom(start) << base;
        note("flush %#x bytes".formatted(bytes), start);
        kernel.flush(current().process, start, bytes);
    }

    // Accesses.

    private long reach(long address, int needed) {
        return vm.vcpus().get(cpu).access().reach(address, needed);
    }

    private OptionalLong read(long address) {
        long host = reach(address, Rights.USER_READ);
        return host == Walk.NOWHERE ? OptionalLong.empty() : OptionalLong.of(machine.memory().load(host));
    }

    private void load(long address) {
        note("load", address);
        assertThat(read(address)).as("%s", this).isEqualTo(model.load(current().space, address));
    }

    private void store(long address) {
        note("store", address);
        long value = random.nextLong();
        long host = reach(address, Rights.USER_WRITE);
        assertThat(host != Walk.NOWHERE)
                .as("%s", this)
                .isEqualTo(model.store(current().space, address, value));
        if (host != Walk.NOWHERE) {
            machine.memory().store(host, value);
        }
    }

    private void fetch(long address) {
        boolean allowed = model.allows(current().space, address, Rights.USER_EXECUTE);
        if (allowed || forbidsExecution) {
            note("fetch", address);
            assertThat(reach(address, Rights.USER_EXECUTE) != Walk.NOWHERE)
                    .as("%s", this)
                    .isEqualTo(allowed);
        }
    }

    private void note(String what, long address) {
        log.add("%s %#x by %d on CPU %d".formatted(what, address, programs.indexOf(running[cpu]), cpu));
    }

    @Override
    public String toString() {
        return "after " + log.size() + " steps, the last of them "
                + log.subList(Math.max(0, log.size() - 16), log.size());
    }
}
